/**
 * The facts of a consent, as one sentence along a route: who asks, what it reaches, and last where
 * the answer goes.
 *
 * @module
 */

import type { Child } from 'hono/jsx'
import type { ClientSource, ConsentProps } from './consent-props.ts'
import { agoText } from './duration.ts'
import { GivenName } from './given-name.tsx'
import { HostOf } from './host.tsx'
import { Sign } from './mark.tsx'

interface FactsProps extends Pick<ConsentProps, 'client' | 'resource' | 'now'> {
  /** This server's host. */
  readonly server: string
  /** The last fact. */
  readonly children: Child
}

/** The facts, in the order in which they matter. */
export const ConsentFacts = (props: FactsProps) => (
  <dl class="facts route">
    <div class="fact">
      <dt>{props.client.verified ? 'The app' : 'An app that calls itself'}</dt>
      <dd>
        <GivenName text={props.client.name} otherwise="An app without a name" />
        <Source source={props.client.source} now={props.now} />
        <Badge verified={props.client.verified} server={props.server} />
      </dd>
    </div>
    <div class="fact">
      <dt>wants to use, in your name,</dt>
      <dd>
        <GivenName text={props.resource.name} otherwise="A service" />
        <HostOf address={props.resource.uri} />
      </dd>
    </div>
    <div class="fact fact-last">{props.children}</div>
  </dl>
)

const Source = ({ source, now }: { readonly source: ClientSource; readonly now: number }) => {
  if (source.kind === 'document') return <HostOf address={source.clientId} />
  const text =
    source.kind === 'dynamic'
      ? `Registered itself ${agoText(source.registeredAt, now)}`
      : 'Registered by an administrator'
  return <span class="note">{text}</span>
}

const Badge = ({ verified, server }: { readonly verified: boolean; readonly server: string }) => (
  <>
    <span class={verified ? 'badge badge-verified' : 'badge badge-unverified'}>
      <Sign name={verified ? 'verified' : 'unverified'} />
      {verified ? 'Verified' : 'Unverified'}
    </span>
    <span class="note">
      {verified
        ? `An administrator of ${server} knows who makes it.`
        : `Nobody at ${server} has checked who makes it.`}
    </span>
  </>
)
