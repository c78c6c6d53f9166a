import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';

import { messageId, placeCode, settlementId } from '../../domain/identifiers.ts';
import type { ResultOutcome } from '../../gateway/client.ts';
import { aGatewayWithBatch, aResult, aReversal, institution, type Json } from './fakes.ts';

const message = 'H50010100001202611220930000001';
const path = `/settlements/${institution}/${message}`;
const progress = {
  phase: 'calculation',
  party: placeCode('510000'),
  until: '2099-12-30T22:00:00.000Z',
  message: '系统升级',
} as const;
const settled: ResultOutcome = {
  kind: 'answered',
  answer: { kind: 'settled', digest: 'd', result: aResult() },
};

async function aDesk(outcome: ResultOutcome) {
  const gateway = await aGatewayWithBatch();
  gateway.settlements.results = () => outcome;
  const get = async (url: string, headers: Record<string, string> = {}) => {
    const response = await gateway.app.inject({ url, headers });
    return { ...response, status: response.statusCode, body: response.json<Json>() };
  };
  return { ...gateway, get };
}

describe('GET /settlements', () => {
  test('a settled one: 200 with the result', async () => {
    const { get } = await aDesk(settled);
    const { status, body } = await get(path);
    expect(status).toBe(200);
    expect(body).toEqual({
      state: 'settled',
      institution,
      messageId: message,
      settlementId: 'S20261122000000000001',
      result: aResult(),
    });
  });

  test('a refused one: 200 with reason and sentence', async () => {
    const refusal = { reason: 'not-filed' } as const;
    const answer = {
      kind: 'refused',
      digest: 'd',
      settlementId: settlementId('S1'),
      refusal,
    } as const;
    const { get } = await aDesk({ kind: 'answered', answer });
    expect(await get(path)).toMatchObject({
      status: 200,
      body: { state: 'refused', refusal, code: 'KS-ELG-09' },
    });
  });

  test('one that was taken back: 200 with both, where both are here', async () => {
    const { get, store } = await aDesk({ kind: 'unknown' });
    const copies = { settled: { result: aResult(), disease: null }, reversal: aReversal() };
    store.copied.set(message, copies);
    const { status, body } = await get(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: 'reversed',
      settlementId: 'S20261122000000000001',
      result: aResult(),
      reversal: aReversal(),
      code: 'KS-ELG-12',
    });
  });

  test('a pending one: 202 with phase, party and until when', async () => {
    const { get } = await aDesk({ kind: 'pending', progress });
    expect(await get(path)).toMatchObject({
      status: 202,
      body: { state: 'pending', ...progress, code: 'KS-SYS-05' },
    });
  });

  test('by its own number, for its own institution', async () => {
    const { get, store } = await aDesk(settled);
    const known = { institution, messageId: messageId(message), visit: '202611220000000001' };
    store.settlements.set('S1', { kind: 'settlement', ...known });
    const of = (asker: string) => get('/settlements/S1', { 'kuasheng-institution': asker });
    expect(await of(institution)).toMatchObject({ status: 200, body: { messageId: message } });
    expect((await get(`/settlements/S1?institution=${institution}`)).status).toBe(200);
    const others = await Promise.all([of('H50010100002'), of('H-'), get('/settlements/S1')]);
    const unknown = await get(`/settlements/S2?institution=${institution}`);
    for (const { status, body } of others) {
      expect({ status, body }).toEqual({ status: 404, body: unknown.body });
    }
    expect((await get(path, { 'kuasheng-institution': 'H50010100002' })).status).toBe(404);
  });

  test('one that nobody knows: 404; one that cannot be known now: 503, and no word of why', async () => {
    const { get, settlements } = await aDesk({ kind: 'unknown' });
    expect(await get(path)).toMatchObject({ status: 404, body: { code: 'KS-QRY-03' } });
    const error = new Error('张三');
    settlements.results = () => ({ kind: 'undetermined', why: 'unreachable', error });
    const { status, body } = await get(path);
    expect({ status, body }).toEqual({
      status: 503,
      body: { error: '系统暂时繁忙，请稍后重新查询。' },
    });
  });
});

describe('Prefer: wait', () => {
  test.each([
    ['wait=20', 20_000, 'wait=20'],
    ['respond-async, wait=20', 20_000, 'wait=20'],
    ['WAIT = "5"', 5_000, 'wait=5'],
    ['wait=3600', 60_000, 'wait=60'],
    ['wait=soon', 0, undefined],
    ['respond-async', 0, undefined],
  ])('%s', async (prefer, waitMs, applied) => {
    const { get, settlements } = await aDesk(settled);
    const { headers } = await get(path, { prefer });
    expect(settlements.waits).toMatchObject([{ waitMs }]);
    expect(headers['preference-applied']).toBe(applied);
  });

  let open: { close: () => Promise<unknown> } | undefined;
  afterEach(() => open?.close());

  test('nothing waits on when who asked is gone', async () => {
    const { app, settlements } = await aDesk(settled);
    open = app;
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const gone = new AbortController();
    const ended = new Promise<void>((resolve) => {
      settlements.results = () =>
        new Promise((answer) => {
          settlements.waits.at(-1)?.signal?.addEventListener('abort', () => {
            answer({ kind: 'undetermined', why: 'deadline', error: null });
            resolve();
          });
          gone.abort();
        });
    });
    const asked = fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { prefer: 'wait=60' },
      signal: gone.signal,
    });
    await expect(asked).rejects.toThrow();
    await ended;
  });
});
