import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reverseCommand } from '../../cli/reverse.ts';
import { placeCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { runOn } from '../cli-on-system.ts';
import { aCase, prepare, today } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { settleNow, untilPhase, workflowIdOf } from './scenarios.ts';
import { handsOn, known } from './windows.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('reverse-cli');
  await system.serve();
});
afterAll(() => system.stop());

/** Runs `kuasheng reverse` on this system. */
const reverse = (...words: string[]) => runOn(system, reverseCommand(), words);
async function aSettled(changes = {}): Promise<SettlementRequest & { settlementId: string }> {
  const request = await prepare(system.databases, aCase(changes));
  const answer = await settleNow(system, request);
  if (answer.kind !== 'settled') throw new Error(answer.refusal.reason);
  await untilPhase(system, workflowIdOf(request), 'settled');
  return { ...request, settlementId: answer.result.settlementId };
}
const ended = (request: SettlementRequest): Promise<unknown> =>
  system.client.workflow.getHandle(workflowIdOf(request)).result();

describe('kuasheng reverse', () => {
  it('takes back a settlement by its number, keeps why, and says the same again', async () => {
    const request = await aSettled();
    const first = await reverse(request.settlementId, '--why', '重复收费');
    expect(first.status).toBe(0);
    expect(first.output).toMatch(
      new RegExp(`^结算 ${request.settlementId} 已撤销，撤销编号 \\d{18}。`),
    );
    expect(first.output).toMatch(
      /医疗费总额 +-320\.00\n基金支付 +0\.00\n个人账户 +0\.00\n个人现金 +-320\.00/,
    );
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    expect(await reverse(request.messageId)).toEqual(first);
    const { rows } = await system.databases.centre.query(
      'select asked_by, message_id, why from reversal where settlement_id = $1',
      [request.settlementId],
    );
    expect(rows).toEqual([{ asked_by: 'operator', message_id: null, why: '重复收费' }]);
  });

  it('of another year is refused with the hospital’s sentence, and ends with 1', async () => {
    const request = await aSettled({ visitedOn: `${Number(today().slice(0, 4)) - 1}-12-30` });
    const { status, output } = await reverse(request.settlementId);
    expect(status).toBe(1);
    expect(output).toMatch(/年12月30日属于以前年度，不能联机撤销，.*〔KS-REV-01〕\n$/);
  });

  it('prevents what was not settled, and says which place its undo waits for', async () => {
    await system.serve([placeCode('500000')]);
    const request = await prepare(system.databases, aCase());
    const told = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'calculation');
    const { status, output } = await reverse(request.messageId);
    expect(await told).toMatchObject({ refusal: { reason: 'request-reversed' } });
    expect(status).toBe(0);
    expect(output).toMatch(/^请求 \d{18} 没有结算，也不会再结算，没有可撤销的金额。\n/);
    expect(output).toContain('还在等待四川省（撤销待遇计算），恢复后自动完成，不必再执行');
    await system.serve();
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
  });

  it('prevents what the centre has not claimed yet, which has no number', async () => {
    const hands = handsOn(system);
    const window = await hands.close({ party: 'centre', for: null });
    await known();
    const request = await prepare(system.databases, aCase());
    const told = settleNow(system, request);
    await expect.poll(() => hands.lineOf('centre')).toBe(1);
    const { status, output } = await reverse(request.messageId);
    expect(output).toBe(`请求 ${request.messageId} 没有结算，也不会再结算，没有可撤销的金额。\n`);
    expect(status).toBe(0);
    expect(await told).toMatchObject({ refusal: { reason: 'request-reversed' } });
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    await hands.open(window);
    await hands.untilTold('centre');
  });

  it.each([
    [
      'an unknown number',
      ['209901010000000001'],
      '没有编号为 209901010000000001 的结算，没有撤销任何结算',
    ],
    ['too long a reason', ['1', '--why', '因'.repeat(201)], '原因不能超过 200 个字'],
  ])('cannot run for %s, and ends with 2', async (_, words, sentence) => {
    const { status, output } = await reverse(...words);
    expect(status).toBe(2);
    expect(output).toContain(sentence);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  it('of a message id that two hospitals used asks which, and takes back neither', async () => {
    const one = await aSettled();
    const { centre } = system.databases;
    await centre.query(
      `insert into request (institution, message_id, settlement_id, digest, state)
       values ('5000001000004', $1, '29990101', '', 'void')`,
      [one.messageId],
    );
    const { status, output } = await reverse(one.messageId);
    expect(status).toBe(2);
    expect(output).toContain(`请改用结算编号：${one.settlementId}、29990101`);
    await untilPhase(system, workflowIdOf(one), 'settled');
  });

  it('of one that two hospitals used, neither claimed yet, takes back neither, and names no number', async () => {
    const hands = handsOn(system);
    const window = await hands.close({ party: 'centre', for: null });
    await known();
    const message = '209901010000000002'; // which names neither hospital
    const requests: SettlementRequest[] = [];
    for (const institution of ['5000001000003', '5000001000004']) {
      requests.push(await prepare(system.databases, aCase({ institution, message })));
    }
    const told = Promise.all(requests.map((request) => settleNow(system, request)));
    const query = `WorkflowId IN (${requests.map((of) => `"${workflowIdOf(of)}"`).join(', ')})`;
    await expect.poll(async () => (await system.client.workflow.count(query)).count).toBe(2);
    const { status, output } = await reverse(message);
    expect(status).toBe(2);
    expect(output).toBe(
      `几家医院用过报文编号 ${message}，没有撤销任何结算，它们还没有结算编号，请稍后再执行。\n`,
    );
    await hands.open(window);
    expect(await told).toMatchObject([{ kind: 'settled' }, { kind: 'settled' }]);
    await hands.untilTold('centre');
  });
});
