/** Builders for tests of the advisory database. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipOptions {
  /** Without compression. */
  readonly stored?: boolean;
  /** Sizes, offsets and counts in zip64 fields. */
  readonly zip64?: boolean;
  readonly comment?: string;
  /** General purpose flags of the directory. */
  readonly flags?: number;
  readonly method?: number;
  /** The size that the directory claims for every entry. */
  readonly claim?: number;
}

/** A zip file with these entries. */
export function aZip(files: Readonly<Record<string, string>>, options: ZipOptions = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = options.stored ? Buffer.from(content) : deflateRawSync(content);
    const local = Buffer.alloc(30);
    const header = commonHeader(content, data, options);
    local.writeUInt32LE(0x04034b50, 0);
    header.copy(local, 4);
    const nameBytes = Buffer.from(name);
    local.writeUInt16LE(nameBytes.length, 26);
    directory.push(directoryEntry(header, nameBytes, offset, options));
    parts.push(local, nameBytes, data);
    offset += local.length + nameBytes.length + data.length;
  }
  const bytes = Buffer.concat(directory);
  return Buffer.concat([...parts, bytes, endOf(directory.length, bytes.length, offset, options)]);
}

/** From the version needed to the length of the extra field, as both headers have it. */
function commonHeader(content: string, data: Buffer, options: ZipOptions): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(options.flags ?? 0, 2);
  header.writeUInt16LE(options.method ?? (options.stored ? 0 : 8), 4);
  header.writeUInt32LE(crc32(content), 10);
  header.writeUInt32LE(data.length, 14);
  header.writeUInt32LE(options.claim ?? Buffer.byteLength(content), 18);
  return header;
}

function directoryEntry(common: Buffer, name: Buffer, offset: number, { zip64 }: ZipOptions): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  common.copy(entry, 6);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt32LE(offset, 42);
  if (!zip64) return Buffer.concat([entry, name]);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(entry.readUInt32LE(24)), 4);
  extra.writeBigUInt64LE(BigInt(entry.readUInt32LE(20)), 12);
  extra.writeBigUInt64LE(BigInt(offset), 20);
  for (const at of [20, 24, 42]) entry.writeUInt32LE(0xffffffff, at);
  entry.writeUInt16LE(extra.length, 30);
  return Buffer.concat([entry, name, extra]);
}

function endOf(count: number, size: number, offset: number, { zip64, comment = '' }: ZipOptions): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  const tail = [end, Buffer.from(comment)];
  if (!zip64) return Buffer.concat(tail);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  return Buffer.concat([record, locator, ...tail]);
}

/** An OSV record with the fields that matter here; `affected` is npm's `lib` below 2.0.0 unless said otherwise. */
export function aRecord(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    schema_version: '1.7.0',
    id: 'TEST-1',
    modified: '2024-05-01T00:00:00Z',
    summary: 'Something is wrong.',
    affected: [anAffected()],
    ...fields,
  };
}

export function anAffected(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    package: { ecosystem: 'npm', name: 'lib' },
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
    ...fields,
  };
}
