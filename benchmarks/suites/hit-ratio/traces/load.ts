// From a file to a trace: decompression by suffix, then the format's reader.
import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { UsageError } from '../../../runner/errors.ts'
import { type Format, openReader, type Trace, type TraceReader } from './formats.ts'

type Pieces = AsyncIterable<Buffer>

async function feed(reader: TraceReader, pieces: Pieces): Promise<void> {
  for await (const piece of pieces) reader.read(piece)
}

/** Node has no xz: the system's does it. */
async function feedXz(reader: TraceReader, file: string): Promise<void> {
  const child = spawn('xz', ['-dc', '--', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (text) => {
    complaint += String(text)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve)
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT'
          ? new UsageError('needs the command xz, which is not installed (Debian: xz-utils)')
          : error,
      )
    })
  })
  try {
    const [code] = await Promise.all([ended, feed(reader, child.stdout)])
    if (code !== 0) throw new UsageError(complaint.trim() || `xz ended with code ${code}`)
  } finally {
    child.kill()
  }
}

async function feedFile(reader: TraceReader, file: string): Promise<void> {
  if (file.endsWith('.xz')) return await feedXz(reader, file)
  const source = createReadStream(file, { highWaterMark: 1 << 20 })
  const sink = (pieces: Pieces): Promise<void> => feed(reader, pieces)
  if (file.endsWith('.gz')) return await pipeline(source, createGunzip({ chunkSize: 1 << 20 }), sink)
  if (!file.endsWith('.zst')) return await pipeline(source, sink)
  if (typeof createZstdDecompress !== 'function') throw new UsageError(`needs Node 22.15 or later for .zst`)
  return await pipeline(source, createZstdDecompress({ chunkSize: 1 << 20 }), sink)
}

/** @throws {UsageError} naming the file, when it cannot be read or is not of that format */
export async function loadTrace(file: string, format: Format): Promise<Trace> {
  try {
    const reader = openReader(format)
    await feedFile(reader, file)
    const trace = reader.finish()
    if (trace.requests.length === 0) throw new UsageError(`holds no request in the format ${format}`)
    return { name: basename(file), ...trace }
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
