/**
 * How far the agent's heap grows. Its live data are 20 MB, but where a machine has much memory V8 lets garbage pile up
 * before it looks: the agent had 245 MB after three minutes on 250 containers. Here old objects are collected when they
 * have grown by two fifths. The space of young objects keeps the size that loading the modules gave it, 4 MB: at 1 MB the
 * agent has 6 MB less and collecting costs a third more CPU, at V8's 16 MB it has 50 MB more.
 *
 * Measured side by side on the same host and not worth it: --optimize-for-size has 10 to 16 MB less for up to half more CPU;
 * --no-turbofan changes little in either; --single-threaded-gc, which must be given at start, has 5 to 15 MB more for up to
 * a third less CPU, in one run for none. A young collection asked for after each tick makes V8 shrink the young space to
 * 1 MB, and then a tick collects four times.
 */
import { setFlagsFromString } from 'node:v8';

/** To be called once, when the modules are loaded. V8 looks at both values at each collection. */
export function limitHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=40');
  setFlagsFromString('--semi-space-growth-factor=1');
}
