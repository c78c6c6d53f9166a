import { defineSignal, defineUpdate } from '@temporalio/workflow';

/** What the floor's processes know of each other. Its queues are its own, beside the settlement's. */

export const floorQueue = 'bench.floor';
export const treatingQueue = 'bench.floor.treating';
export const insuredQueue = 'bench.floor.insured';
export const floorPath = '/floor';

/** Bytes that each message of a real settlement has, so that the floor carries as much. */
export interface Sizes {
  request: number;
  claim: number;
  splitOrder: number;
  split: number;
  calculationOrder: number;
  calculation: number;
  answer: number;
  copy: number;
}

/** A message of the floor: what it carries, and how many bytes its answer shall have. */
export interface Load {
  carried: string;
  answer: number;
}
export interface FloorRequest {
  id: string;
  sizes: Sizes;
  carried: string;
}

export const filler = (bytes: number): string => 'x'.repeat(Math.max(0, bytes));
export const floorWorkflowId = (id: string): string => `floor/${id}`;
export const answered = defineUpdate<string>('answered');
/** The fixed id of the update, as the settlement's. */
export const answeredUpdateId = 'answered';
export const ended = defineSignal('ended');
