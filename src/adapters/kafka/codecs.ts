/** The compressions that Kafka knows, each with a bound on what comes out: told to kafkajs here, once for the process. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import kafkajs from 'kafkajs';
import snappy from 'kafkajs-snappy';
import lz4 from 'lz4-napi';
import { checkLz4, checkSnappy, checkZstd, gunzip } from './inflated.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const zipped = promisify<Buffer, Buffer>(gzip);

interface Encoded {
  buffer: Buffer;
}

/** May be called again. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    compress: (encoder: Encoded) => zipped(encoder.buffer),
    decompress: gunzip,
  });
  CompressionCodecs[CompressionTypes.Snappy] = () => {
    const codec = snappy();
    return {
      compress: (encoder: Encoded) => codec.compress(encoder),
      decompress: async (buffer: Buffer) => {
        checkSnappy(buffer);
        return codec.decompress(buffer);
      },
    };
  };
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    // Kafka's lz4 is the frame format, not the bare block.
    compress: (encoder: Encoded) => lz4.compressFrame(encoder.buffer),
    decompress: async (buffer: Buffer) => {
      checkLz4(buffer);
      return lz4.decompressFrame(buffer);
    },
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async () => {
      throw new Error('zstd is read only: nothing here writes it');
    },
    decompress: async (buffer: Buffer) => {
      checkZstd(buffer);
      return Buffer.from(unzstd(buffer));
    },
  });
}
