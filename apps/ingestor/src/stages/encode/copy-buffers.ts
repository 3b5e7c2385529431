// Large buffers that fields of COPY BINARY are written into, one after the other. Knows no rows.
// Format: PostgreSQL manual, COPY, "Binary Format": length (int32), then the value, all big-endian.

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const BUFFER_BYTES = 256 * 1024;
const TWO_32 = 4_294_967_296;

export interface CopyBuffers {
  /** Begins a row of `fields` fields that takes at most `maxBytes`. */
  beginRow(fields: number, maxBytes: number): void;
  writeNull(): void;
  writeInt16(value: number): void;
  writeInt32(value: number): void;
  /** An integer up to 2^53. */
  writeInt64(value: number): void;
  writeFloat64(value: number): void;
  writeBytes(bytes: Buffer): void;
  takeFull(): Buffer[];
  finish(): Buffer[];
}

export function makeCopyBuffers(): CopyBuffers {
  let full: Buffer[] = [];
  let buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  let view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  let at = SIGNATURE.copy(buffer);
  function ensure(bytes: number): void {
    if (at + bytes <= BUFFER_BYTES) return;
    full.push(buffer.subarray(0, at));
    buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    at = 0;
  }
  function writeLength(bytes: number): void {
    view.setInt32(at, bytes);
    at += 4;
  }
  return {
    beginRow(fields, maxBytes) {
      ensure(maxBytes);
      view.setInt16(at, fields);
      at += 2;
    },
    writeNull: () => writeLength(-1),
    writeInt16(value) {
      writeLength(2);
      view.setInt16(at, value);
      at += 2;
    },
    writeInt32(value) {
      writeLength(4);
      view.setInt32(at, value);
      at += 4;
    },
    writeInt64(value) {
      writeLength(8);
      const high = Math.floor(value / TWO_32);
      view.setInt32(at, high);
      view.setUint32(at + 4, value - high * TWO_32);
      at += 8;
    },
    writeFloat64(value) {
      writeLength(8);
      view.setFloat64(at, value);
      at += 8;
    },
    writeBytes(bytes) {
      writeLength(bytes.length);
      at += bytes.copy(buffer, at);
    },
    takeFull() {
      const taken = full;
      full = [];
      return taken;
    },
    finish() {
      ensure(2);
      view.setInt16(at, -1);
      at += 2;
      full.push(buffer.subarray(0, at));
      return full;
    },
  };
}
