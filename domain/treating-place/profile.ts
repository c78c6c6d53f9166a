/**
 * What is answered at the counter when a settlement takes longer than the counter waits: that it is
 * never settled, or that it is accepted and goes on by itself.
 */
export const whenLate = ['refuse', 'wait'] as const;
export type WhenLate = (typeof whenLate)[number];
export const isWhenLate = (text: string): text is WhenLate =>
  whenLate.some((choice) => choice === text);

/** How an institution's own system reads what it is answered. */
export interface Profile {
  whenLate: WhenLate;
  pendingCode: string | null; // the status of "accepted, pending"; null: its system reads none
}
/** Of an institution that nothing is known of: a plain system reads only success and failure. */
export const plainProfile: Profile = { whenLate: 'refuse', pendingCode: null };

/**
 * A status of at most four digits. Not 0, which is success, and not 1, which some systems read as
 * success because the interface's own example shows it so.
 */
export const isPendingCode = (text: string): boolean => /^([2-9]|[1-9]\d{1,3})$/.test(text);
