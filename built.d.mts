export function built(name: string, make: (directory: string) => Promise<void>): Promise<string>;
