// CPU time as packets have carried it since 2013: ticks of a 4999 Hz profile. Pure arithmetic.

const PROFILE_HZ = 4999;
const NS_PER_SECOND = 1e9;

/** Whole ticks in a running total of nanoseconds. Above 2^53 ns (104 days of CPU time) it may be one tick off. */
export const ticksOfNs = (ns: number): number => Math.floor((ns * PROFILE_HZ) / NS_PER_SECOND);

/** Clock ticks of the kernel's user interface per second (USER_HZ): 100 on every platform that Node runs on. */
export const USER_HZ = 100;

/** Whole ticks in a running total of USER_HZ jiffies; exact below 2^40 jiffies. */
export const ticksOfJiffies = (jiffies: number): number => Math.floor((jiffies * PROFILE_HZ) / USER_HZ);
