#include "http/fast/chunk_decoder.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "http/exchange.hpp"
#include "http/fast/head_parser.hpp"
#include "http/fast/http_bytes.hpp"
#include "text/hex.hpp"

namespace cppworker::http::fast {

void ChunkDecoder::start() {
  left_ = 0;
  skipped_size_ = 0;
  error_ = {};
  state_ = State::kSizeFirst;
}

bool ChunkDecoder::fail(const char* reason, int code) {
  error_ = {.reason = reason, .code = code};
  return false;
}

ParseStatus ChunkDecoder::feed(std::string_view& bytes, std::string& body) {
  DCHECK(!error_ && state_ != State::kComplete);
  while (!bytes.empty()) {
    if (state_ == State::kData) {
      DCHECK(left_ != 0);
      const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
      body.append(bytes, 0, taken);
      left_ -= taken;
      bytes.remove_prefix(taken);
      if (left_ == 0) {
        state_ = State::kDataEnd;
      }
      continue;
    }
    const bool in_size = state_ == State::kSizeEnd;
    if (!step(bytes.front())) {
      return ParseStatus::kFailed;
    }
    bytes.remove_prefix(1);
    if (state_ == State::kComplete) {
      return ParseStatus::kComplete;
    }
    if (in_size && left_ <= kBodyReservedMax) {
      body.reserve(body.size() + left_);
    }
  }
  return ParseStatus::kNeedMore;
}

bool ChunkDecoder::step(char character) {
  switch (state_) {
    case State::kSizeFirst:
    case State::kSize:
      return step_size(character);
    case State::kExtension:
      if (character == '\r') {
        state_ = State::kSizeEnd;
      } else if (!kIsValue[static_cast<unsigned char>(character)] ||
                 ++skipped_size_ > HeadParser::kHeadMax) {
        return fail("Invalid character in chunk extensions", 2);
      }
      return true;
    case State::kSizeEnd:
      if (character != '\n') {
        return fail("Expected LF after chunk size", 2);
      }
      state_ = left_ == 0 ? State::kTrailerFirst : State::kData;
      return true;
    case State::kDataEnd:
    case State::kDataEndLf:
      if (character != (state_ == State::kDataEnd ? '\r' : '\n')) {
        return state_ == State::kDataEnd && character == '\n'
                   ? fail("Missing expected CR after chunk data", 25)
                   : fail("Expected LF after chunk data", 2);
      }
      state_ = state_ == State::kDataEnd ? State::kDataEndLf : State::kSizeFirst;
      return true;
    case State::kLastLf:
      if (character != '\n') {
        return fail("Expected LF after headers", 2);
      }
      state_ = State::kComplete;
      return true;
    default:
      return step_trailer(character);
  }
}

bool ChunkDecoder::step_size(char character) {
  const bool first = state_ == State::kSizeFirst;
  const int digit = text::hex_value(character);
  if (digit >= 0) {
    if (left_ > std::numeric_limits<std::uint64_t>::max() >> 4U) {
      return fail("Chunk size overflow", 12);
    }
    left_ = left_ << 4U | static_cast<std::uint64_t>(digit);
    state_ = State::kSize;
    return true;
  }
  if (!first && (character == ';' || character == '\r')) {
    state_ = character == ';' ? State::kExtension : State::kSizeEnd;
    return true;
  }
  return !first && character == '\n' ? fail("Missing expected CR after chunk size", 25)
                                     : fail("Invalid character in chunk size", 12);
}

bool ChunkDecoder::step_trailer(char character) {
  DCHECK(left_ == 0);
  if (++skipped_size_ > HeadParser::kHeadMax) {
    return fail("Header overflow", 23);
  }
  if (state_ == State::kTrailerFirst && character == '\r') {
    state_ = State::kLastLf;
  } else if (state_ == State::kTrailerEnd) {
    if (character != '\n') {
      return fail("Missing expected LF after header value", 2);
    }
    state_ = State::kTrailerFirst;
  } else if (state_ == State::kTrailerFirst && !kIsToken[static_cast<unsigned char>(character)]) {
    return fail("Invalid header token", 10);
  } else {
    state_ = character == '\r' ? State::kTrailerEnd : State::kTrailer;
  }
  return true;
}

}  // namespace cppworker::http::fast
