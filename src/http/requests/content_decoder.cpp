#include "http/requests/content_decoder.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "http/decompressor.hpp"
#include "http/python_text.hpp"
#include "http/requests/header_block.hpp"

namespace cppworker::http::requests {

namespace {

constexpr std::size_t kCodingsMax = 5;  // MultiDecoder.max_decode_links

/// The decompressor's words for a failed step. Throws std::bad_alloc.
std::string words_of(const Inflater& inflater) {
  if (inflater.out_of_memory()) {
    throw std::bad_alloc();
  }
  return inflater.error();
}

/// Consumes a step's share of `encoded`.
template <class Decompressor>
Decompression step_of(Decompressor& decompressor, std::string_view& encoded, std::string& decoded) {
  std::string_view share = encoded.substr(0, Coding::kStepSize);
  const std::size_t size = share.size();
  const Decompression result = decompressor.step(share, decoded, Coding::kStepSize);
  encoded.remove_prefix(size - share.size());
  return result;
}

/// What follows the last member is ignored.
class GzipCoding final : public Coding {
 public:
  std::string step(std::string_view& encoded, std::string& decoded,
                   std::size_t /*size_max*/) override {
    if (ignores_rest_ || (inflater_.ended() && encoded.empty())) {
      encoded = {};
      return {};
    }
    if (inflater_.ended()) {
      inflater_.restart(Inflater::kGzip);
      first_member_ = false;
    }
    const std::size_t size = decoded.size();
    if (step_of(inflater_, encoded, decoded) != Decompression::kFailed) {
      return {};
    }
    if (first_member_ || inflater_.out_of_memory()) {
      return words_of(inflater_);
    }
    decoded.resize(size);
    encoded = {};
    ignores_rest_ = true;
    return {};
  }

 private:
  Inflater inflater_{Inflater::kGzip};
  bool first_member_ = true;
  bool ignores_rest_ = false;
};

/// With a zlib header; without one if that fails before there is any output.
class DeflateCoding final : public Coding {
 public:
  std::string step(std::string_view& encoded, std::string& decoded, std::size_t size_max) override {
    if (inflater_.ended()) {
      encoded = {};
      return {};
    }
    const std::size_t size = decoded.size();
    const std::string_view before = encoded;
    const Decompression result = step_of(inflater_, encoded, decoded);
    if (result != Decompression::kFailed) {
      if (first_try_ && decoded.size() == size) {
        tried_.append(before, 0, before.size() - encoded.size());
      } else {
        first_try_ = false;
        tried_ = {};
      }
      return {};
    }
    if (!first_try_ || inflater_.out_of_memory()) {
      return words_of(inflater_);
    }
    first_try_ = false;
    decoded.resize(size);
    encoded = before;
    inflater_.restart(Inflater::kRaw);
    return decode_tried(decoded, size_max);
  }

 private:
  /// Decodes what was consumed by the first try.
  std::string decode_tried(std::string& decoded, std::size_t size_max) {
    const std::string tried = std::exchange(tried_, {});
    for (std::string_view rest = tried; !rest.empty() && decoded.size() <= size_max;) {
      if (inflater_.ended()) {
        break;
      }
      if (step_of(inflater_, rest, decoded) == Decompression::kFailed) {
        return words_of(inflater_);
      }
    }
    return {};
  }

  Inflater inflater_{Inflater::kZlib};
  std::string tried_;  // consumed without output, so far
  bool first_try_ = true;
};

class BrotliCoding final : public Coding {
 public:
  std::string step(std::string_view& encoded, std::string& decoded,
                   std::size_t /*size_max*/) override {
    if (decompressor_.ended() && encoded.empty()) {
      return {};
    }
    if (decompressor_.out_of_memory()) {
      throw std::bad_alloc();
    }
    // Bytes after the end are an error for brotli.
    const bool valid = !decompressor_.ended() &&
                       step_of(decompressor_, encoded, decoded) != Decompression::kFailed &&
                       (!decompressor_.ended() || encoded.empty());
    return valid ? std::string() : std::string(BrotliDecompressor::kError);
  }

 private:
  BrotliDecompressor decompressor_;
};

bool is_supported(std::string_view coding) {
  return std::ranges::any_of(std::array<std::string_view, 4>{"gzip", "x-gzip", "deflate", "br"},
                             [coding](std::string_view known) { return coding == known; });
}

/// In a list, an unknown coding counts as deflate.
std::unique_ptr<Coding> make_coding(std::string_view name) {
  if (name == "gzip" || name == "x-gzip") {
    return std::make_unique<GzipCoding>();
  }
  if (name == "br") {
    return std::make_unique<BrotliCoding>();
  }
  return std::make_unique<DeflateCoding>();
}

Failure invalid_encoding(Failure::Details details) {
  Failure failure = Failure::with(Failure::Cause::kInvalidEncoding, std::move(details));
  failure.phase = Failure::Phase::kBody;
  return failure;
}

/// Removes the first element of a list from `list`.
std::string_view take_element(std::string_view& list) {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view element = strip(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return element;
}

}  // namespace

std::unique_ptr<ContentDecoder> ContentDecoder::make(std::string_view content_encoding,
                                                     std::size_t size_max) {
  const std::string encoding = lower(content_encoding);
  bool supported = is_supported(encoding);
  if (encoding.find(',') != std::string::npos) {
    for (std::string_view list = encoding; !list.empty();) {
      supported = is_supported(take_element(list)) || supported;
    }
  }
  return supported ? std::unique_ptr<ContentDecoder>(new ContentDecoder(encoding, size_max))
                   : nullptr;
}

ContentDecoder::ContentDecoder(std::string_view content_encoding, std::size_t size_max)
    : size_max_(size_max), content_encoding_(content_encoding) {
  const auto count = static_cast<std::size_t>(std::ranges::count(content_encoding, ',')) + 1;
  links_.resize(count);
  if (count > kCodingsMax) {
    return;
  }
  for (Link& link : links_) {
    link.coding = make_coding(take_element(content_encoding));
  }
}

Failure ContentDecoder::decode(std::string_view bytes, std::string& decoded) {
  if (links_.size() > kCodingsMax) {
    return invalid_encoding({.text = fmt::format("Too many content encodings in the chain: {} > {}",
                                                 links_.size(), kCodingsMax)});
  }
  try {
    return decode(links_.size(), bytes, decoded);
  } catch (const std::bad_alloc&) {
    return {.cause = Failure::Cause::kOutOfMemory, .phase = Failure::Phase::kBody};
  }
}

Failure ContentDecoder::decode(std::size_t count, std::string_view bytes, std::string& decoded) {
  Link& link = links_[count - 1];
  std::string& output = count == 1 ? decoded : link.decoded;
  bool more = true;
  while (more) {
    if (count != 1) {
      output.clear();
    }
    const std::size_t size = output.size();
    const std::string error = link.coding->step(bytes, output, size_max_);
    if (!error.empty()) {
      return invalid_encoding({.text = error, .encoding = content_encoding_});
    }
    if (output.size() > size_max_) {
      return {.cause = Failure::Cause::kDecodedTooLarge, .phase = Failure::Phase::kBody};
    }
    more = !bytes.empty() || output.size() - size >= Coding::kStepSize;
    if (count != 1) {
      // At most kCodingsMax deep, and at the end also for what the next coding still holds.
      if (Failure failure = decode(count - 1, output, decoded)) {
        return failure;
      }
    }
  }
  return {};
}

std::string content_encoding(std::string_view header_lines) {
  return joined_values(header_lines, "Content-Encoding");
}

}  // namespace cppworker::http::requests
