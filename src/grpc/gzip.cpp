#include "grpc/gzip.hpp"

#include <algorithm>
#include <new>

#include <zlib.h>

namespace cppworker::grpc {

namespace {

constexpr int kWindowBits = 16 + MAX_WBITS;  // 16: the format of gzip
constexpr std::size_t kStep = std::size_t{16} * 1024;

Bytef* zlib_bytes(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT: zlib only reads it
}

struct GzipDeflater {
  GzipDeflater() {
    constexpr int kMemoryLevel = 8;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~GzipDeflater() { deflateEnd(&stream); }
  GzipDeflater(const GzipDeflater&) = delete;
  GzipDeflater& operator=(const GzipDeflater&) = delete;
  z_stream stream{};
};

struct GzipInflater {
  GzipInflater() {
    if (inflateInit2(&stream, kWindowBits) != Z_OK) throw std::bad_alloc();
  }
  ~GzipInflater() { inflateEnd(&stream); }
  GzipInflater(const GzipInflater&) = delete;
  GzipInflater& operator=(const GzipInflater&) = delete;
  z_stream stream{};
};

}  // namespace

std::string gzip_compressed(std::string_view bytes) {
  static thread_local GzipDeflater deflater;
  z_stream& stream = deflater.stream;
  deflateReset(&stream);
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  // Both sizes have 32 bits: a message is smaller than 2 GiB.
  stream.next_in = zlib_bytes(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = zlib_bytes(compressed);
  stream.avail_out = static_cast<uInt>(compressed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::bad_alloc();
  compressed.resize(compressed.size() - stream.avail_out);
  return compressed;
}

Gunzip gzip_decompressed(std::string_view compressed, std::size_t size_max, std::string& bytes) {
  static thread_local GzipInflater inflater;
  z_stream& stream = inflater.stream;
  inflateReset(&stream);
  stream.next_in = zlib_bytes(compressed);
  stream.avail_in = static_cast<uInt>(compressed.size());
  bytes.clear();
  std::size_t size = 0;
  for (;;) {
    // One byte more than permitted shows that there is more.
    bytes.resize(std::min(std::max(size * 2, size + kStep), size_max + 1));
    stream.next_out = zlib_bytes(bytes) + size;
    stream.avail_out = static_cast<uInt>(bytes.size() - size);
    const int code = inflate(&stream, Z_NO_FLUSH);
    size = bytes.size() - stream.avail_out;
    if (size > size_max) return Gunzip::kTooLarge;
    if (code == Z_STREAM_END && stream.avail_in == 0) break;
    if (code == Z_STREAM_END) {  // gzip permits several parts
      inflateReset(&stream);
    } else if (code != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) {
      return Gunzip::kInvalid;
    }
  }
  bytes.resize(size);
  return Gunzip::kDone;
}

}  // namespace cppworker::grpc
