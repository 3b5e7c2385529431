// Keeps the young generation of the heap at its first size: the loader lives on buffers of its own and leaves little to collect, but
// V8 would let it grow to tens of megabytes. Measured: peak memory of a load 176 → 144 MB, no difference in time.
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
