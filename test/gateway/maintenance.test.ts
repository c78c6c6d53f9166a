import { describe, expect, it } from 'vitest';
import { placeCode } from '../../domain/identifiers.ts';
import { instant, type MaintenanceWindow } from '../../domain/maintenance.ts';
import type { MaintenanceDesk } from '../../gateway/maintenance.ts';
import { aGateway } from './fakes.ts';

const place = placeCode('500000');
const token = 'a-word-of-sixteen-or-more';
const window: MaintenanceWindow = {
  id: '500000-1',
  party: place,
  services: ['settlement'],
  from: instant('2026-12-31T10:00:00.000Z'),
  to: instant('2027-01-01T00:00:00.000Z'),
  message: '年度切换',
  revision: 1,
};

/** A desk that knows one window, and remembers what it was asked. */
function aDesk() {
  const asked: unknown[] = [];
  const only = (of: { id: string }) => {
    asked.push(of);
    return Promise.resolve(of.id === window.id ? { window } : null);
  };
  const desk: MaintenanceDesk = {
    windows: () => Promise.resolve([window]),
    announce: (of) => {
      asked.push(of);
      return Promise.resolve({ window });
    },
    prolong: only,
    close: only,
  };
  return { desk, asked };
}
function aCounter(of: { token?: string } = { token }) {
  const { desk, asked } = aDesk();
  const maintenance = { desks: new Map([[place, desk]]), token: of.token };
  const { app } = aGateway({ maintenance });
  const post = async (path: string, body: unknown, word = token) => {
    const { statusCode, json } = await app.inject({
      method: 'POST',
      url: `/maintenance/${path}`,
      headers: { authorization: `Bearer ${word}`, 'content-type': 'application/json' },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { statusCode, body: json<{ error?: string }>() };
  };
  return { app, asked, post };
}
const announcement = {
  services: ['settlement'],
  from: '2026-12-31T18:00:00+08:00',
  to: '2027-01-01T08:00:00+08:00',
  message: '年度切换',
  by: '张三',
};

describe('4号 三(三) the place’s own calls', () => {
  it('announce, prolong and close, with instants in any zone', async () => {
    const { asked, post } = aCounter();
    expect(await post('500000', announcement)).toMatchObject({ statusCode: 200, body: { window } });
    await post('500000/500000-1/prolong', { to: '2027-01-01T10:00:00+08:00', by: '张三' });
    await post('500000/500000-1/close', { by: '张三' });
    expect(asked).toEqual([
      { ...announcement, from: window.from, to: window.to },
      { id: '500000-1', to: '2027-01-01T02:00:00.000Z', by: '张三' },
      { id: '500000-1', by: '张三' },
    ]);
  });

  it('list what the place knows, to everybody', async () => {
    const { app } = aCounter();
    const reply = await app.inject({ method: 'GET', url: '/maintenance/500000' });
    expect(reply.json()).toEqual({ windows: [window] });
  });

  it('without a word of services mean all of them', async () => {
    const { asked, post } = aCounter();
    await post('500000', { ...announcement, services: undefined, to: null });
    expect(asked).toMatchObject([
      { services: ['settlement', 'reversal', 'registry', 'clearing'], to: null },
    ]);
  });

  it.each([
    ['another word', '500000', announcement, 'not-the-word', 401],
    ['a place that is not served', '510000', announcement, token, 404],
    ['a window that is over', '500000/500000-9/close', { by: '张三' }, token, 404],
    ['no JSON', '500000', 'settlement', token, 400],
    [
      'an end before the beginning',
      '500000',
      { ...announcement, to: announcement.from },
      token,
      400,
    ],
    [
      'an instant without a zone',
      '500000',
      { ...announcement, from: '2026-12-31 18:00' },
      token,
      400,
    ],
    ['two lines', '500000', { ...announcement, message: 'a\nb' }, token, 400],
    ['an unknown field', '500000', { ...announcement, until: 'x' }, token, 400],
  ])('%s is refused with a sentence, and nothing is done', async (...row) => {
    const [, path, body, word, status] = row;
    const { asked, post } = aCounter();
    const reply = await post(path, body, word);
    expect(reply.statusCode).toBe(status);
    expect(reply.body.error).toMatch(/请.+。|请.+：/);
    if (status !== 404) expect(asked).toEqual([]);
  });

  it('change nothing where no word was agreed', async () => {
    const { asked, post } = aCounter({});
    expect(await post('500000', announcement, '')).toMatchObject({ statusCode: 403 });
    expect(asked).toEqual([]);
  });
});
