/**
 * Limits that the kernel keeps, none of which needs root: `prlimit` bounds memory and processor time, forbids core
 * dumps and writing to any file (all output goes through pipes), and `setpriv` has the process killed when we die,
 * however we die. Both replace themselves by the next program, so the process id stays that of the group's leader.
 */
import type { FfmpegTools } from './tools.ts';

export interface ProcessLimits {
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
}

const OPEN_FILES = 64;

export function sandboxed(tools: FfmpegTools, program: string, limits: ProcessLimits): string[] {
  return [
    ...(tools.setpriv === undefined ? [] : [tools.setpriv, '--pdeathsig', 'KILL', '--no-new-privs']),
    ...(tools.prlimit === undefined ? [] : [
      tools.prlimit, `--as=${limits.memoryBytes}`, `--cpu=${limits.cpuSeconds}`, '--core=0', '--fsize=0', `--nofile=${OPEN_FILES}`,
    ]),
    program,
  ];
}
