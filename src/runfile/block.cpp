#include "runfile/block.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <zlib.h>

#include "base/check.hpp"

namespace cppworker::runfile {
namespace {

constexpr std::string_view kMarker = "\x93RUN";
constexpr std::size_t kHeadSize = kMarker.size() + 8;  // with the length and the checksum

const Bytef* zlib_bytes(std::string_view bytes) {
  return reinterpret_cast<const Bytef*>(bytes.data());
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32(0, zlib_bytes(bytes), static_cast<uInt>(bytes.size())));
}

void append_uint32(std::string& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out += static_cast<char>(static_cast<unsigned char>(value >> shift));
  }
}

std::uint32_t uint32_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
  }
  return value;
}

std::string compressed(std::string_view content) {
  uLongf size = ::compressBound(static_cast<uLong>(content.size()));
  std::string out(size, '\0');
  const int result = ::compress2(reinterpret_cast<Bytef*>(out.data()), &size, zlib_bytes(content),
                                 static_cast<uLong>(content.size()), Z_DEFAULT_COMPRESSION);
  CHECK(result == Z_OK);  // the buffer is large enough
  out.resize(size);
  return out;
}

/// None if the bytes are not what compressed() returned, or the content is too long.
std::optional<std::string> decompressed(std::string_view bytes) {
  z_stream stream{};
  if (::inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = const_cast<Bytef*>(zlib_bytes(bytes));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string content;
  std::size_t size = 0;
  int result = Z_OK;
  while (result == Z_OK && size <= kMaxContent) {
    content.resize(std::max(4 * bytes.size(), 2 * size) + 1'024);
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + size);
    stream.avail_out = static_cast<uInt>(content.size() - size);
    result = ::inflate(&stream, Z_NO_FLUSH);
    size = content.size() - stream.avail_out;
  }
  content.resize(size);
  const bool is_whole = result == Z_STREAM_END && stream.avail_in == 0;
  ::inflateEnd(&stream);
  if (!is_whole || content.size() > kMaxContent) return std::nullopt;
  return content;
}

/// The block that begins at `begin`, where a marker is.
std::optional<FoundBlock> block_at(std::string_view bytes, std::size_t begin) {
  if (bytes.size() - begin < kHeadSize) return std::nullopt;
  const std::size_t length = uint32_at(bytes, begin + kMarker.size());
  if (length > bytes.size() - begin - kHeadSize) return std::nullopt;
  const std::string_view packed = bytes.substr(begin + kHeadSize, length);
  if (checksum(packed) != uint32_at(bytes, begin + kMarker.size() + 4)) return std::nullopt;
  std::optional<std::string> content = decompressed(packed);
  if (!content) return std::nullopt;
  return FoundBlock{begin, begin + kHeadSize + length, std::move(*content)};
}

}  // namespace

std::string make_block(std::string_view content) {
  CHECK(content.size() <= kMaxContent);
  const std::string packed = compressed(content);
  std::string block(kMarker);
  append_uint32(block, static_cast<std::uint32_t>(packed.size()));
  append_uint32(block, checksum(packed));
  return block + packed;
}

std::optional<FoundBlock> find_block(std::string_view bytes, std::size_t offset) {
  for (std::size_t at = bytes.find(kMarker, offset); at != std::string_view::npos;
       at = bytes.find(kMarker, at + 1)) {
    if (auto block = block_at(bytes, at)) return block;
  }
  return std::nullopt;
}

}  // namespace cppworker::runfile
