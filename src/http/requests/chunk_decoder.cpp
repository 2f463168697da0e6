#include "http/requests/chunk_decoder.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "http/exchange.hpp"
#include "http/python_text.hpp"

namespace cppworker::http::requests {

namespace {

constexpr std::uint64_t kLineEndSize = 2;    // after the data of a chunk
constexpr std::uint64_t kReadSize = 10'240;  // requests reads a chunk in pieces of this size

Failure incomplete(std::uint64_t received, std::uint64_t expected) {
  return Failure::with(Failure::Cause::kIncompleteChunks,
                       {.received = static_cast<std::int64_t>(received),
                        .expected = static_cast<std::int64_t>(expected)});
}

}  // namespace

void ChunkDecoder::start() {
  line_.clear();
  failure_ = {};
  state_ = State::kSize;
}

bool ChunkDecoder::fail(Failure&& failure) {
  failure_ = std::move(failure);
  return false;
}

ParseStatus ChunkDecoder::feed(std::string_view& bytes, std::string& body) {
  DCHECK(!failure_ && state_ != State::kComplete);
  while (!bytes.empty()) {
    bool ok = true;
    switch (state_) {
      case State::kSize:
        ok = feed_size(bytes, body);
        break;
      case State::kData:
      case State::kDataEnd: {
        const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
        if (state_ == State::kData) {
          body.append(bytes, 0, taken);
        }
        bytes.remove_prefix(taken);
        left_ -= taken;
        if (left_ == 0) {
          const bool data = state_ == State::kData;
          left_ = data ? kLineEndSize : 0;
          state_ = data ? State::kDataEnd : State::kSize;
        }
        break;
      }
      default:
        ok = feed_trailer(bytes);
        break;
    }
    if (!ok) {
      return ParseStatus::kFailed;
    }
    if (state_ == State::kComplete) {
      return ParseStatus::kComplete;
    }
  }
  return ParseStatus::kNeedMore;
}

ParseStatus ChunkDecoder::finish(std::string& body) {
  DCHECK(!failure_ && state_ != State::kComplete);
  if (state_ == State::kSize && !take_size(std::exchange(line_, {}))) {
    return ParseStatus::kFailed;
  }
  if (state_ == State::kTrailer) {
    state_ = State::kComplete;
    return ParseStatus::kComplete;
  }
  std::uint64_t unread = 0;
  if (state_ == State::kData) {
    unread = (size_ - left_) % kReadSize;
    fail(incomplete(unread, std::min(kReadSize, unread + left_)));
  } else {
    unread = (size_ - 1) % kReadSize + 1;
    fail(incomplete(kLineEndSize - left_, kLineEndSize));
  }
  body.resize(body.size() - std::min<std::uint64_t>(unread, body.size()));
  return ParseStatus::kFailed;
}

bool ChunkDecoder::feed_size(std::string_view& bytes, std::string& body) {
  const std::size_t end = bytes.find('\n');
  const std::size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
  if (line_.size() + taken > kLineMax) {
    return fail(Failure::with(Failure::Cause::kLineTooLong, {.text = "chunk size line"}));
  }
  std::string_view line = bytes.substr(0, taken);
  bytes.remove_prefix(taken);
  if (!line_.empty() || end == std::string_view::npos) {
    line_ += line;
    line = line_;
  }
  if (end == std::string_view::npos) {
    return true;
  }
  if (!take_size(line)) {
    return false;
  }
  line_.clear();
  if (size_ <= kBodyReservedMax) {
    body.reserve(body.size() + size_);
  }
  return true;
}

bool ChunkDecoder::take_size(std::string_view line) {
  const std::string_view text = line.substr(0, line.find(';'));
  const std::optional<std::int64_t> size = parse_hexadecimal(text);
  // Python raises ValueError in the task for a negative size.
  if (!size || *size < 0) {
    return fail(text.empty() ? incomplete(0, 0)
                             : Failure::with(Failure::Cause::kInvalidChunkLength,
                                             {.text = std::string(text)}));
  }
  size_ = static_cast<std::uint64_t>(*size);
  left_ = size_;
  state_ = size_ == 0 ? State::kTrailer : State::kData;
  trailer_size_ = 0;
  return true;
}

bool ChunkDecoder::feed_trailer(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
  if (trailer_size_ + taken > kLineMax) {
    return fail(Failure::with(Failure::Cause::kLineTooLong, {.text = "chunk trailer line"}));
  }
  if (trailer_size_ == 0) {
    trailer_is_cr_ = bytes.front() == '\r';
  }
  trailer_size_ += taken;
  bytes.remove_prefix(taken);
  if (end != std::string_view::npos) {
    state_ = trailer_is_cr_ && trailer_size_ == 2 ? State::kComplete : State::kTrailer;
    trailer_size_ = 0;
  }
  return true;
}

}  // namespace cppworker::http::requests
