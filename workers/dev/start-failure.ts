/** Why a start cannot go on, in one sentence that says what to do. Shown without a stack. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}
