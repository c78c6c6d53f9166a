import type { BenchSystem } from './system.ts';
import { filler, floorWorkflowId, type FloorRequest, type Sizes } from './floor/contracts.ts';
import { createHospital, nodeOf } from './hospital.ts';
import { createSender } from './load.ts';
import type { Side } from './measure.ts';

type Undo = (() => Promise<unknown>)[];
const ourselves = { 'load generator': process.pid };

/** Settlements through the gateway; only 2207 is measured, 2201 and 2204 are sent before. */
export function settlementSide(system: BenchSystem, run: string, undo: Undo): Side {
  const { gatewayUrl, persons, processes } = system;
  const { send, close } = createSender(gatewayUrl);
  undo.push(() => Promise.resolve().then(close));
  const { prepare } = createHospital(send, persons, run);
  return {
    name: 'settlement',
    prepare,
    send,
    check: (text) => {
      nodeOf(text, 'setlinfo');
    },
    processes: { ...processes.settlement, ...processes.shared, ...ourselves },
    jobs: [],
  };
}

const around = 220; // bytes of a floor's request beside what it carries

/** Workflows of the same shape with nothing in them. */
export function floorSide(system: BenchSystem, sizes: Sizes, undo: Undo): Side {
  const { floorUrl, processes } = system;
  const { send, close } = createSender(floorUrl);
  undo.push(() => Promise.resolve().then(close));
  let serial = 0;
  const carried = filler(sizes.request - around);
  const job = () => {
    const id = String((serial += 1));
    const request: FloorRequest = { id, sizes, carried };
    return { workflowId: floorWorkflowId(id), body: Buffer.from(JSON.stringify(request)) };
  };
  return {
    name: 'floor',
    prepare: (count) => Promise.resolve(Array.from({ length: count }, job)),
    send,
    check: (text) => {
      if (!text.startsWith('{"infcode":0,')) throw new Error(`The floor did not answer: ${text}`);
    },
    processes: { ...processes.floor, ...processes.shared, ...ourselves },
    jobs: [],
  };
}
