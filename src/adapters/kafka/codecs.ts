/** The compressions that Kafka knows. kafkajs brings gzip; the others are told to it here, once for the process. */
import { decompress as unzstd } from 'fzstd';
import kafkajs from 'kafkajs';
import snappy from 'kafkajs-snappy';
import lz4 from 'lz4-napi';

const { CompressionCodecs, CompressionTypes } = kafkajs;

interface Encoded {
  buffer: Buffer;
}

/** May be called again. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = snappy;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    // Kafka's lz4 is the frame format, not the bare block.
    compress: (encoder: Encoded) => lz4.compressFrame(encoder.buffer),
    decompress: (buffer: Buffer) => lz4.decompressFrame(buffer),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async () => {
      throw new Error('zstd is read only: nothing here writes it');
    },
    decompress: async (buffer: Buffer) => Buffer.from(unzstd(buffer)),
  });
}
