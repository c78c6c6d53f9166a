import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { messageId } from '../../domain/identifiers.ts';
import { instant, maintenanceServices } from '../../domain/maintenance.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import { maintenanceDesk } from '../../workers/maintenance-desk.ts';
import { retry, reversalWorkflowId, reverseSignal } from '../../workflows/contracts.ts';
import { aCase, nextMessage, prepare } from '../requests.ts';
import { aWish, closeMonth, thisMonth, workflowIdOf } from '../workflows/scenarios.ts';
import { patients, type Patient } from './patients.ts';
import { tables, type Event, type Party } from './plan.ts';
import { databaseOf, persistently, type Heard, type Message, type World } from './world.ts';

/** How each event is carried out. Whatever it comes to is kept; nothing is judged here. */

const tick = (world: World): number => (world.clock += 1);
const client = ({ system }: World) => createSettlementClient(system.client);
const at = (messages: readonly Message[], of: number): Message | undefined =>
  messages.at(-1 - (of % Math.max(1, messages.length)));
const messageAt = ({ messages }: World, of: number): Message | undefined => at(messages, of);
const isHeardSettled = ({ heard }: Message): boolean =>
  heard.some(
    (one) =>
      one.call === 'settle' &&
      one.outcome.kind === 'answered' &&
      one.outcome.answer.kind === 'settled',
  );

async function hear<T>(world: World, call: Promise<T>) {
  const began = tick(world);
  const outcome = await call;
  return { began, ended: tick(world), outcome };
}
/** Sends the message as the gateway does. After its patience the answer is lost on the way. */
export async function send(
  world: World,
  message: Message,
  patienceMs: number,
  request = message.request,
): Promise<void> {
  message.isSent = true;
  const heard = await hear(world, client(world).settle(request, patienceMs));
  message.heard.push({ call: 'settle', request, ...heard });
}
export async function takeBack(world: World, message: Message, patienceMs: number): Promise<void> {
  message.isTakenBack = true;
  const heard = await hear(world, client(world).reverse(message.request, aWish(), patienceMs));
  message.heard.push({ call: 'take-back', ...heard });
}

const add = (world: World, patient: Patient, request: SettlementRequest): Message => {
  const message = { patient, request, isSent: false, isTakenBack: false, heard: [] as Heard[] };
  world.messages.push(message);
  return message;
};
interface Prescription {
  patient: number;
  pills: number;
  account?: 'none' | 'own';
}
/** Uploads a batch of so many pills, and writes the message that asks to settle it. */
async function write(
  world: World,
  { patient: no, pills, account = 'none' }: Prescription,
  counter?: { withinMs: number },
): Promise<Message> {
  const patient = patients[no];
  if (!patient) throw new Error('no such patient');
  const { item, price } = patient;
  const amount = `${String(Number(price) * pills)}.00`;
  const lines = [{ item, price: `${price}.00`, quantity: String(pills), amount }];
  const of = aCase({ ...patient.of, account, lines });
  const request = await persistently(() => prepare(world.databases, of));
  return add(world, patient, counter ? { ...request, counter } : request);
}

const desk = (world: World, party: Party) =>
  maintenanceDesk(world.system.client, party, databaseOf(world, party));
/** The party's own windows that are not over. */
async function windowsOf(world: World, party: Party) {
  const windows = await persistently(() => desk(world, party).windows());
  return windows.filter((window) => window.party === party);
}
/** Ends all windows of the party, and wakes what waits. */
export async function open(world: World, party: Party): Promise<void> {
  for (const { id } of await windowsOf(world, party)) {
    await persistently(() => desk(world, party).close({ id, by: 'random' }));
  }
}
const inMs = (ms: number) => instant(new Date(Date.now() + ms).toISOString());

/** What is broken is whole again, and whatever stopped may go on. */
export async function mend(world: World): Promise<void> {
  for (const { party, name } of tables) {
    const sql = `alter table ${name} drop constraint if exists broken`;
    await persistently(() => databaseOf(world, party).query(sql));
  }
  await Promise.all(world.messages.map((message) => retryStopped(world, message)));
}
/** Tells the executions of the message to try again; those that have not stopped do not listen. */
export async function retryStopped({ system }: World, { request }: Message): Promise<void> {
  for (const workflowId of [workflowIdOf(request), reversalWorkflowId(request)]) {
    const told = system.client.workflow.getHandle(workflowId).signal(retry);
    await told.catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }
}

type Deeds = {
  [K in Event['kind']]: (world: World, event: Extract<Event, { kind: K }>) => Promise<void>;
};
const deeds: Deeds = {
  request: async (world, event) => send(world, await write(world, event), event.patienceMs),
  counter: async (world, event) => {
    const { withinMs } = event;
    await send(world, await write(world, event, { withinMs }), withinMs + 3000);
  },
  repeat: async (world, { of, patienceMs }) => {
    const message = messageAt(world, of);
    if (message) await send(world, message, patienceMs);
  },
  'other-body': async (world, { of }) => {
    const message = messageAt(world, of);
    if (!message) return;
    const { request } = message;
    const account = request.account === 'own' ? 'none' : 'own';
    await send(world, message, 3000, { ...request, account, digest: `${request.digest}+` });
  },
  'same-batch': async (world, { of, patienceMs }) => {
    const first = messageAt(world, of);
    if (!first) return;
    const request = { ...first.request, messageId: messageId(nextMessage()) };
    await send(world, add(world, first.patient, request), patienceMs);
  },
  'take-back': async (world, { whose, of, patienceMs }) => {
    const settled = world.messages.filter(isHeardSettled);
    const message = (whose === 'settled' ? at(settled, of) : undefined) ?? messageAt(world, of);
    if (message) await takeBack(world, message, patienceMs);
  },
  'take-back-by-signal': async (world, { of }) => {
    const message = messageAt(world, of);
    if (!message) return;
    message.isTakenBack = true;
    const began = tick(world);
    const { workflow } = world.system.client;
    const accepted = await workflow
      .getHandle(workflowIdOf(message.request))
      .signal(reverseSignal)
      .then(
        () => true,
        () => false,
      );
    if (accepted) message.heard.push({ call: 'signal', began, ended: tick(world) });
  },
  'take-back-first': async (world, event) => takeBack(world, await write(world, event), 3000),
  announce: async (world, { party, services, forMs }) => {
    await persistently(() =>
      desk(world, party).announce({
        services: services === 'all' ? maintenanceServices : ['settlement'],
        from: inMs(-1000),
        to: forMs === null ? null : inMs(forMs),
        message: '系统升级',
        by: 'random',
      }),
    );
  },
  prolong: async (world, { party, byMs }) => {
    for (const { id, to } of await windowsOf(world, party)) {
      if (to === null) continue;
      const later = instant(new Date(Date.parse(to) + byMs).toISOString());
      await persistently(() => desk(world, party).prolong({ id, to: later, by: 'random' }));
    }
  },
  open: (world, { party }) => open(world, party),
  restart: (world, { party }) => world.workers.restart(party),
  'cut-connections': async (world, { party }) => {
    const sql = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    await persistently(() => databaseOf(world, party).query(sql));
  },
  break: async (world, { table: { party, name } }) => {
    const sql = `alter table ${name} drop constraint if exists broken;
      alter table ${name} add constraint broken check (false) not valid`;
    await persistently(() => databaseOf(world, party).query(sql));
  },
  mend: (world) => mend(world),
  hold: async (world, { table: { party, name }, forMs }) => {
    await persistently(async () => {
      const connection = await databaseOf(world, party).connect();
      try {
        await connection.query(`begin; lock table ${name} in share row exclusive mode`);
        await sleep(forMs);
      } finally {
        connection.release(true); // which ends the transaction
      }
    });
  },
  'close-month': async (world) => {
    await persistently(() => closeMonth(world.system, thisMonth()));
  },
};

export const carryOut = (world: World, event: Event): Promise<void> =>
  deeds[event.kind](world, event as never);
