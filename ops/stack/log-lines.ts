/** The end of what a server wrote. */
const FRAME = /^\s*(at |\.\.\. \d+ more)/;

export const lastLines = (text: string, count: number): string => text.trimEnd().split('\n').slice(-count).join('\n');

/** For a message: why, and not where in the server's code. */
export const lastReasons = (text: string, count = 8): string => lastLines(text.split('\n').filter((line) => !FRAME.test(line)).join('\n'), count);
