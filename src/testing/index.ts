/**
 * What tests of Warder, and of code that builds on it, need.
 *
 * @module
 */

export { type FakePlatform, fakePlatform } from './clock.ts'
