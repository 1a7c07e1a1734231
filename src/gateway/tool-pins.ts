/**
 * Tools that stay what they were: a server behind the gateway may not change what a tool says of
 * itself behind the back of those who agreed to it.
 *
 * A definition is pinned the first time it is listed. One that differs later waits for an operator
 * and is neither shown nor called until then, or until the server shows the approved one again. That
 * different users are shown different tools is no change; that a tool differs from user to user is.
 * What a tool does cannot be pinned, only what it says.
 *
 * @see {@link https://cheatsheetseries.owasp.org/cheatsheets/MCP_Security_Cheat_Sheet.html | OWASP MCP}
 * @module
 */

import { eventMaker } from '../events.ts'
import { newCorrelationId } from '../platform.ts'
import type { JsonObject, RpcError } from '../protocol/json-rpc.ts'
import { StoreUnavailable } from '../store/errors.ts'
import type { GatewayContext, MountOptions } from './options.ts'
import { type Pin, PinCache } from './pin-cache.ts'
import { changed, type PinStep, pinId, pinned, restored, type StepContext } from './pin-steps.ts'
import { folded } from './policy.ts'
import { changedTool, unknownTool } from './refusal.ts'
import type { Owner } from './session.ts'
import { findListedTool, type ListedTool } from './tool-definition.ts'

/** Who is shown tools. */
interface ToolViewer extends Owner {
  readonly correlationId: string
}

/** How many tools of a mount are kept track of. */
const MAX_TOOLS = 10_000
const MAX_NAME_CHARS = 256

/** A change that waits already is recorded anew at most this often, in milliseconds. */
const RECORD_EVERY = 60_000
/** As often is it told that some tools are not kept track of. */
const TELL_EVERY = 60_000

/** Changes written at a time. */
const BATCH = 200
/** How often others may be first with the same changes. */
const ATTEMPTS = 5

/** Names that a store keeps as they are, and a line of a log. */
const isPinnable = (name: string) => name.length <= MAX_NAME_CHARS && !/[\p{Cc}\p{Cs}]/u.test(name)

/** All that one list says of one tool. */
type Sight = readonly [ListedTool, ...ListedTool[]]

type Mount = Pick<MountOptions, 'name' | 'resource' | 'toolChanges'>
type Context = Pick<GatewayContext, 'store' | 'platform' | 'onEvent'>

/** The pinned tools of one mount. */
export class ToolPins {
  readonly #mount: Mount
  readonly #context: Context
  readonly #cache: PinCache
  #toldAt: number | undefined

  constructor(mount: Mount, context: Context) {
    this.#mount = mount
    this.#context = context
    this.#cache = new PinCache(mount.resource, context.store, context.platform)
  }

  /**
   * Pins what a `tools/list` result lists; the result without what may not be shown.
   *
   * @throws {StoreUnavailable} if it cannot be known what may be shown.
   */
  async listed(result: JsonObject, viewer: ToolViewer): Promise<JsonObject> {
    const { toolChanges } = this.#mount
    if (toolChanges === 'allow' || !Array.isArray(result.tools)) return result
    const listed = await Promise.all(result.tools.map(findListedTool))
    const tools = listed.filter((each) => each !== undefined)
    const pins = await this.#settle(sightsOf(tools), viewer)
    const unpinned = new Set(tools.filter(({ tool }) => !pins.has(tool)))
    if (unpinned.size > 0) this.#tellUnpinned(unpinned.size)
    if (toolChanges === 'report') return result
    const isApproved = (each: ListedTool | undefined) =>
      each !== undefined && pins.get(each.tool)?.approvedHash === each.hash
    return { ...result, tools: result.tools.filter((_, index) => isApproved(listed[index])) }
  }

  /**
   * Why a tool may not be called now; nothing if it may. A tool that nobody has listed may: no
   * description of it has been believed.
   *
   * @throws {StoreUnavailable} if that cannot be known.
   */
  async findRefusal(tool: string): Promise<RpcError | undefined> {
    if (this.#mount.toolChanges !== 'block') return undefined
    if (!isPinnable(tool)) return unknownTool(tool, 'its name cannot be pinned')
    const pins = await this.#cache.read()
    const pin = pins.get(tool)
    if (pin !== undefined) return isChanged(pin) ? changedTool(tool, this.#mount.name) : undefined
    if (pins.size >= MAX_TOOLS) return unknownTool(tool, 'no more tools can be pinned')
    // The server may take the one for the other.
    const like = folded(tool)
    for (const [name, other] of pins) {
      if (isChanged(other) && folded(name) === like) return changedTool(name, this.#mount.name)
    }
    return undefined
  }

  /** Writes what is new in a list. Each tool is settled once, whatever others see meanwhile. */
  async #settle(sights: readonly Sight[], viewer: ToolViewer): Promise<ReadonlyMap<string, Pin>> {
    let open = sights
    let missed = 0
    while (missed < ATTEMPTS) {
      const pins = await this.#cache.read()
      const news = this.#news(open, pins, this.#stepContext(viewer)).slice(0, BATCH)
      if (news.length === 0) return pins
      const steps = await Promise.all(news.map((make) => make()))
      const changes = steps.map(({ change }) => change)
      const events = steps.flatMap((step) => step.events)
      if (await this.#context.store.write(changes, events)) {
        for (const { tool, pin } of steps) this.#cache.put(tool, pin)
        const settled = new Set(steps.map(({ tool }) => tool))
        open = open.filter(([{ tool }]) => !settled.has(tool))
      } else {
        missed++
        this.#cache.doubt()
      }
    }
    throw new StoreUnavailable({
      detail: `others changed the pins of ${this.#mount.resource} at the same time, again and again`,
    })
  }

  #stepContext({ subject, clientId, correlationId }: ToolViewer): StepContext {
    const { name: server, resource } = this.#mount
    const { platform } = this.#context
    return {
      sighting: { server, resource, subject, clientId },
      now: platform.now(),
      make: eventMaker(platform, correlationId),
    }
  }

  /** What is to be written, each when it is asked for. */
  #news(
    sights: readonly Sight[],
    pins: ReadonlyMap<string, Pin>,
    context: StepContext,
  ): readonly (() => Promise<PinStep>)[] {
    const first = sights
      .filter(([{ tool }]) => !pins.has(tool))
      .slice(0, Math.max(0, MAX_TOOLS - pins.size))
      .map((sight) => async () => pinned(sight[0], otherThan(sight[0].hash, sight), context))
    const later = sights.map((sight) => this.#newsOf(sight, pins.get(sight[0].tool), context))
    return [...first, ...later.filter((make) => make !== undefined)]
  }

  #newsOf(
    sight: Sight,
    pin: Pin | undefined,
    context: StepContext,
  ): (() => Promise<PinStep>) | undefined {
    if (pin === undefined) return undefined
    const [{ tool }] = sight
    const other = otherThan(pin.approvedHash, sight)
    if (other === undefined) {
      return isChanged(pin) ? async () => restored(pin, tool, context) : undefined
    }
    const isRecent = context.now - pin.changedAt < RECORD_EVERY
    if (other.hash === pin.pendingHash || (isChanged(pin) && isRecent)) return undefined
    return async () => {
      const id = pinId(this.#mount.resource, tool)
      const row = await this.#context.store.find('tools', { id })
      return changed(pin, other, { ...context, approved: row?.approved ?? null })
    }
  }

  #tellUnpinned(count: number): void {
    const { platform, onEvent } = this.#context
    const now = platform.now()
    if (this.#toldAt !== undefined && now - this.#toldAt < TELL_EVERY) return
    this.#toldAt = now
    const { name: server, resource } = this.#mount
    const reason = `a mount has at most ${MAX_TOOLS} tools, with names of up to ${MAX_NAME_CHARS} characters`
    const make = eventMaker(platform, newCorrelationId(platform))
    onEvent(make('tool.unpinned', { server, resource, count, reason }))
  }
}

/** By tool, in the order of the list. */
function sightsOf(tools: readonly ListedTool[]): readonly Sight[] {
  const sights = new Map<string, [ListedTool, ...ListedTool[]]>()
  for (const each of tools) {
    if (!isPinnable(each.tool)) continue
    const sight = sights.get(each.tool)
    if (sight === undefined) sights.set(each.tool, [each])
    else sight.push(each)
  }
  return [...sights.values()]
}

const otherThan = (hash: string, sight: Sight) => sight.find((each) => each.hash !== hash)

const isChanged = ({ pendingHash }: Pin) => pendingHash !== null
