#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.hpp"
#include "http/failure.hpp"

namespace cppworker::http::requests {

/// One of the codings of a Content-Encoding.
class Coding {
 public:
  /// A step's share of the input, and the most it appends: the size of the pieces in which requests
  /// reads a body. What an invalid stream had before its error depends on it.
  static constexpr std::size_t kStepSize = 10'240;

  Coding() = default;
  virtual ~Coding() = default;
  Coding(const Coding&) = delete;
  Coding& operator=(const Coding&) = delete;

  /// Consumes some of `encoded` and appends to `decoded`. It has done all that it can when
  /// `encoded` is empty and fewer than kStepSize bytes were appended. Returns the library's words
  /// for invalid input; "" otherwise. Throws std::bad_alloc.
  /// @param size_max it may stop when `decoded` is larger
  virtual std::string step(std::string_view& encoded, std::string& decoded,
                           std::size_t size_max) = 0;
};

/// Decodes the body of a response, piece by piece, as urllib3 does: gzip with several members,
/// deflate with and without a zlib header, br, and several of them one after the other. On the
/// scheduler's own stack, because of the libraries.
class ContentDecoder {
 public:
  /// Null: requests does not decode this encoding, the body is used as it is.
  /// @param content_encoding of content_encoding()
  /// @param size_max bytes that the decoded body may have
  static std::unique_ptr<ContentDecoder> make(std::string_view content_encoding,
                                              std::size_t size_max = kDecodedBodyMax);

  /// Appends what `bytes` decode to. A failure is final.
  Failure decode(std::string_view bytes, std::string& decoded);
  /// Ends the body, also an empty one. urllib3 does not report an encoded body that is cut off.
  Failure finish(std::string& decoded) { return decode({}, decoded); }

 private:
  struct Link {
    std::unique_ptr<Coding> coding;
    std::string decoded;  // by it, for the next one
  };

  ContentDecoder(std::string_view content_encoding, std::size_t size_max);
  /// Decodes with the first `count` codings, the last of them first.
  Failure decode(std::size_t count, std::string_view bytes, std::string& decoded);

  std::size_t size_max_;
  std::string content_encoding_;
  std::vector<Link> links_;  // in the order in which the server has applied them
};

/// The values of all Content-Encoding headers, as requests joins them.
[[nodiscard]] std::string content_encoding(std::string_view header_lines);

}  // namespace cppworker::http::requests
