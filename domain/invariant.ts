/** A broken certainty: we were wrong. Never retried; the settlement stops until someone looks. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantViolation(what);
}
