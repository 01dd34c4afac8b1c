// The typed way to the server. `ok` turns an answer into its value and a refusal into a thrown ProblemError.
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './generated/schema.ts';
import { OFFLINE, ProblemError, type Problem } from './problem.ts';

export type Schemas = components['schemas'];

export const api: Client<paths, 'application/json'> = createClient<paths, 'application/json'>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The value of an answer; throws a ProblemError for a refusal. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  throw new ProblemError(problem(error, response));
}

/** A value with the version that the answer's `ETag` names, for a later `If-Match`. */
export interface Versioned<T> {
  value: T;
  version: number;
}

/** As `ok`, with the version of what was read. */
export async function okAt<T>(call: Promise<Answer<T>>): Promise<Versioned<T>> {
  const answer = await call;
  const value = await ok(Promise.resolve(answer));
  return { value, version: Number((answer.response.headers.get('ETag') ?? '').replace(/[^0-9]/g, '')) };
}

function problem(error: unknown, response: Response): Problem {
  if (typeof error === 'object' && error !== null && 'type' in error && 'title' in error) return error as Problem;
  // Nobody behind the proxy: the server is starting or gone.
  if (response.status >= 502 && response.status <= 504)
    return { type: `/problems/${OFFLINE}`, title: 'No connection', status: 0 };
  return { type: '/problems/web/unexpected', title: `Unexpected answer ${response.status}`, status: response.status };
}

/** A new request key: send it with a create, and again with each retry of the same intent. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** An id of this kind that follows from another id and a number: whoever asks for the same again names the same. */
export function idOf(kind: string, from: string, n: number): string {
  const bits = Array.from(from.slice(-26)).reduce(
    (sum, digit) => (sum << 5n) | BigInt(Math.max(0, DIGITS.indexOf(digit))),
    0n,
  );
  // An odd factor keeps numbers apart.
  const low = (bits ^ ((BigInt(n) + 1n) * 0x9e3779b97f4a7c15n)) & ((1n << 62n) - 1n);
  return `${kind}_${digits(asUuid(((bits >> 62n) << 62n) | low, 7n))}`;
}

/** A new id of this kind, e.g. `prd`: sorted by time as the server's own. Sent again with a retry, it makes nothing twice. */
export function newId(kind: string): string {
  const random = crypto.getRandomValues(new Uint8Array(10)).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return `${kind}_${digits(asUuid((BigInt(Date.now()) << 80n) | random, 7n))}`;
}

/** The 128 bits with a UUID's version and variant in their places. */
function asUuid(bits: bigint, version: bigint): bigint {
  const [top, middle, low] = [bits >> 80n, (bits >> 64n) & 0xfffn, bits & ((1n << 62n) - 1n)];
  return (top << 80n) | (version << 76n) | (middle << 64n) | (2n << 62n) | low;
}

function digits(bits: bigint): string {
  let [rest, text] = [bits, ''];
  for (let at = 0; at < 26; at += 1) {
    text = (DIGITS[Number(rest & 31n)] ?? '') + text;
    rest >>= 5n;
  }
  return text;
}

/** The version a change was decided on, as the header that the server wants. */
export function ifMatch(version: number): { 'If-Match': string } {
  return { 'If-Match': `"${version}"` };
}

/** A call that openapi.json does not describe. */
export async function ask<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  const text = await response.text();
  const value: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined;
  if (!response.ok) throw new ProblemError(problem(value, response));
  return value as T;
}
