#include "websocket/deflate.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include "base/check.hpp"

namespace cppworker::websocket {

namespace {

/// A message ends with an empty block, which is not sent.
constexpr std::string_view kEmptyBlock{"\0\0\xff\xff", 4};

constexpr std::size_t kStep = std::size_t{16} * 1024;

/// zlib's counters have 32 bits.
constexpr std::size_t kInputMax = std::size_t{1} << 30U;

Bytef* input_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT: zlib's type
}

}  // namespace

Deflater::Deflater(int window_bits) {
  DCHECK(window_bits >= 9 && window_bits <= 15);
  if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -window_bits, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

std::string Deflater::compress(std::string_view message) {
  deflateReset(&stream_);
  std::string out;
  std::array<char, kStep> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  do {
    const std::string_view part = message.substr(0, kInputMax);
    message.remove_prefix(part.size());
    stream_.next_in = input_of(part);
    stream_.avail_in = static_cast<uInt>(part.size());
    const int flush = message.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = buffer.size();
      deflate(&stream_, flush);
      out.append(buffer.data(), buffer.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  } while (!message.empty());
  if (out.ends_with(kEmptyBlock)) {
    out.resize(out.size() - kEmptyBlock.size());
  }
  return out;
}

Deflater& Deflater::of_thread(int window_bits) {
  thread_local std::array<std::unique_ptr<Deflater>, 16> deflaters;
  std::unique_ptr<Deflater>& deflater = deflaters.at(static_cast<std::size_t>(window_bits));
  if (deflater == nullptr) {
    deflater = std::make_unique<Deflater>(window_bits);
  }
  return *deflater;
}

Inflater::Inflater() {
  if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) {
    throw std::bad_alloc();
  }
}

Inflater& Inflater::of_thread() {
  thread_local std::unique_ptr<Inflater> inflater;
  if (inflater == nullptr) {
    inflater = std::make_unique<Inflater>();
  }
  return *inflater;
}

Inflater::Result Inflater::decompress(std::string_view compressed, std::string& message,
                                      std::size_t size_max) {
  message.clear();
  const Result result = inflate_all(compressed, message, size_max);
  return result == Result::kDone ? inflate_all(kEmptyBlock, message, size_max) : result;
}

Inflater::Result Inflater::inflate_all(std::string_view bytes, std::string& message,
                                       std::size_t size_max) {
  std::array<char, kStep> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  stream_.next_in = input_of(bytes);
  stream_.avail_in = static_cast<uInt>(bytes.size());
  for (;;) {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = buffer.size();
    const int code = inflate(&stream_, Z_SYNC_FLUSH);
    message.append(buffer.data(), buffer.size() - stream_.avail_out);
    if (message.size() > size_max) {
      return Result::kTooLarge;
    }
    if (code == Z_STREAM_END) {  // a block with BFINAL; others may follow, and refer to its bytes
      inflateResetKeep(&stream_);
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return Result::kInvalid;
    }
    if (stream_.avail_in == 0 && stream_.avail_out != 0) {
      return Result::kDone;
    }
    if (code == Z_BUF_ERROR && stream_.avail_out != 0) {
      return Result::kInvalid;  // it makes no progress
    }
  }
}

}  // namespace cppworker::websocket
