/**
 * A fixed amount of work, in place of a fixed amount of time: a thread that is kept from its CPU finishes less of it,
 * whatever any clock says. (A thread's own CPU clock as Node gives it moves only at scheduler ticks, 1 to 10 ms.)
 *
 * The work is one chain of dependent integer operations, so neither a cache, nor a garbage collector, nor a busy
 * sibling hyperthread changes what an iteration costs. It is WebAssembly and not JavaScript because a JavaScript
 * engine compiles the same loop again and again, with speeds that differ by a factor of six, for seconds.
 */

/** Does the work and returns its result; `iterations` is at least 1. */
export type DoWork = (iterations: number, seed: number) => number;

/** Compiled once and shared by all threads, as the engine's better code for it is. */
export type WorkModule = object;

// The global is there in every Node; only its types come with browsers.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => WorkModule;
  readonly Instance: new (module: WorkModule) => { readonly exports: { readonly work: DoWork } };
};

// prettier-ignore
const moduleBytes = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,             // (module
  0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f,       //   (type (func (param i32 i32) (result i32)))
  0x03, 0x02, 0x01, 0x00,                                     //   (func (type 0)
  0x07, 0x08, 0x01, 0x04, 0x77, 0x6f, 0x72, 0x6b, 0x00, 0x00, //     (export "work")
  0x0a, 0x23, 0x01, 0x21, 0x00,                               //
  0x03, 0x40,                                                 //     loop
  0x20, 0x01, 0x41, 0x8d, 0xcc, 0xe5, 0x00, 0x6c,             //       seed * 1664525
  0x41, 0xdf, 0xe6, 0xbb, 0xe3, 0x03, 0x6a, 0x21, 0x01,       //       + 1013904223 -> seed
  0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00,                   //       iterations - 1 -> iterations
  0x0d, 0x00, 0x0b,                                           //       again unless it is 0
  0x20, 0x01, 0x0b,                                           //     seed))
);

export function compileWork(): WorkModule {
  return new WebAssembly.Module(moduleBytes);
}

export function instantiateWork(module: WorkModule): DoWork {
  return new WebAssembly.Instance(module).exports.work;
}

const warmUpNs = 100_000_000n;
const probeIterations = 100_000;
const probes = 100;

/**
 * Iterations that take one millisecond on a CPU of one's own. The fastest of many short probes: whoever else takes
 * the CPU can only make a probe slower.
 */
export function calibrateIterationsPerMs(doWork: DoWork, nowNs: () => bigint): number {
  for (const untilNs = nowNs() + warmUpNs; nowNs() < untilNs;) doWork(probeIterations, 1);
  let fastestNs = Number.POSITIVE_INFINITY;
  for (let probe = 0; probe < probes; probe++) {
    const startNs = nowNs();
    doWork(probeIterations, probe);
    fastestNs = Math.min(fastestNs, Number(nowNs() - startNs));
  }
  return Math.max(1, Math.round((probeIterations * 1e6) / fastestNs));
}
