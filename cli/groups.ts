import type { Command } from 'commander';

/** Commands by name, each with what reads it. */
export type Readers = Readonly<Record<string, () => Promise<Command>>>;

/**
 * Adds the command that was asked for, or all of them for the help. What needs no server is there at
 * once, since the client of Temporal is read only by who uses it.
 */
export async function addCommands(group: Command, readers: Readers, asked = ''): Promise<Command> {
  const wanted = Object.hasOwn(readers, asked) ? [asked] : Object.keys(readers);
  for (const name of wanted) {
    const read = readers[name];
    if (read) group.addCommand(await read());
  }
  return group;
}
