/** Runs so many things at a time. */
export interface Limited {
  /** Waits for room, and starts it. @throws the first failure of an earlier one */
  start(work: () => Promise<void>): Promise<void>;
  /** Waits for all. @throws the first failure */
  done(): Promise<void>;
}

export function limited(concurrency: number): Limited {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const check = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    async start(work) {
      while (running.size >= concurrency) await Promise.race(running);
      check();
      const started = work().catch((error: unknown) => { failure ??= { error }; }).finally(() => { running.delete(started); });
      running.add(started);
    },
    async done() {
      await Promise.all(running);
      check();
    },
  };
}
