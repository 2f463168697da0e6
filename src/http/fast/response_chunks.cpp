// The part of ResponseParser that reads chunked bodies.

#include <algorithm>
#include <limits>

#include "http/fast/http_bytes.hpp"
#include "http/fast/response_parser.hpp"
#include "http/hop.hpp"

namespace cppworker::http::fast {

namespace {

int hex_digit(char character) {
  if (is_digit(character)) {
    return character - '0';
  }
  const char lower = static_cast<char>(character | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

ResponseParser::Status ResponseParser::feed_chunks(std::string_view bytes) {
  while (!bytes.empty()) {
    if (chunk_ == Chunk::kData) {
      const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
      body.append(bytes, 0, taken);
      left_ -= taken;
      bytes.remove_prefix(taken);
      if (left_ == 0) {
        chunk_ = Chunk::kDataEnd;
      }
      continue;
    }
    const char character = bytes.front();
    bytes.remove_prefix(1);
    if (chunk_ == Chunk::kLastLf) {
      if (character != '\n') {
        return fail("Expected LF after headers", 2);
      }
      return complete(bytes);
    }
    if (!step_chunk(character)) {
      return Status::kFailed;
    }
  }
  return Status::kNeedMore;
}

/// What stands between the chunks' data, byte by byte.
bool ResponseParser::step_chunk(char character) {
  switch (chunk_) {
    case Chunk::kSizeFirst:
    case Chunk::kSize: {
      const int digit = hex_digit(character);
      if (digit >= 0) {
        if (left_ > std::numeric_limits<std::uint64_t>::max() >> 4U) {
          fail("Chunk size overflow", 12);
          return false;
        }
        left_ = left_ << 4U | static_cast<std::uint64_t>(digit);
        chunk_ = Chunk::kSize;
        return true;
      }
      if (chunk_ == Chunk::kSize && (character == ';' || character == '\r')) {
        chunk_ = character == ';' ? Chunk::kExtension : Chunk::kSizeEnd;
        return true;
      }
      if (chunk_ == Chunk::kSize && character == '\n') {
        fail("Missing expected CR after chunk size", 25);
      } else {
        fail("Invalid character in chunk size", 12);
      }
      return false;
    }
    case Chunk::kExtension:
      if (character == '\r') {
        chunk_ = Chunk::kSizeEnd;
      } else if (!kIsValue[static_cast<unsigned char>(character)] || ++trailer_size_ > kHeadMax) {
        fail("Invalid character in chunk extensions", 2);
        return false;
      }
      return true;
    case Chunk::kSizeEnd:
      if (character != '\n') {
        fail("Expected LF after chunk size", 2);
        return false;
      }
      end_chunk_size();
      return true;
    case Chunk::kDataEnd:
    case Chunk::kDataEndLf:
      if (character != (chunk_ == Chunk::kDataEnd ? '\r' : '\n')) {
        fail("Expected LF after chunk data", 2);
        return false;
      }
      chunk_ = chunk_ == Chunk::kDataEnd ? Chunk::kDataEndLf : Chunk::kSizeFirst;
      return true;
    default:
      return step_trailer(character);
  }
}

void ResponseParser::end_chunk_size() {
  chunk_ = left_ == 0 ? Chunk::kTrailerFirst : Chunk::kData;
  if (left_ != 0 && left_ <= kBodyReservedMax) {
    body.reserve(body.size() + left_);
  }
}

/// Trailers are skipped.
bool ResponseParser::step_trailer(char character) {
  if (++trailer_size_ > kHeadMax) {
    fail("Header overflow", 23);
    return false;
  }
  if (chunk_ == Chunk::kTrailerFirst && character == '\r') {
    chunk_ = Chunk::kLastLf;
  } else if (chunk_ == Chunk::kTrailerEnd) {
    if (character != '\n') {
      fail("Missing expected LF after header value", 2);
      return false;
    }
    chunk_ = Chunk::kTrailerFirst;
  } else if (chunk_ == Chunk::kTrailerFirst && !kIsToken[static_cast<unsigned char>(character)]) {
    fail("Invalid header token", 10);
    return false;
  } else {
    chunk_ = character == '\r' ? Chunk::kTrailerEnd : Chunk::kTrailer;
  }
  return true;
}

}  // namespace cppworker::http::fast
