#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/cookies.hpp>
#include <cppworker/detail/export.hpp>
#include <cppworker/http_options.hpp>
#include <cppworker/json.hpp>
#include <cppworker/value.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

namespace http {
class BodyStream;
}

/// Thrown by Response::raise_for_status(), with requests' text.
class CPPWORKER_EXPORT HTTPError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The body of a streamed answer broke off; the text is Python's.
class CPPWORKER_EXPORT StreamError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Header lines of an answer.
class CPPWORKER_EXPORT ResponseHeaders {
 public:
  ResponseHeaders() = default;
  /// @param lines "Name: value", each with its CRLF
  explicit ResponseHeaders(std::string lines) : lines_(std::move(lines)) {}

  /// The value of the first header of that name, whatever its case. Throws KeyError if absent.
  [[nodiscard]] std::string operator[](std::string_view name) const;
  /// The same, but `default_value` if absent.
  [[nodiscard]] std::string get(std::string_view name, std::string_view default_value) const;
  std::string get(std::string_view name) const = delete;  // use headers["X"] or get("X", "default")
  [[nodiscard]] bool contains(std::string_view name) const;
  /// Names and values in the order received; a name may be there more than once.
  [[nodiscard]] Pairs items() const;
  /// All of them as received, each with its CRLF.
  [[nodiscard]] const std::string& lines() const& { return lines_; }
  [[nodiscard]] std::string lines() && { return std::move(lines_); }

 private:
  std::string lines_;
};

/// Pieces of a body, for a range-based for; each piece is valid until the next one is asked for.
/// Advancing suspends the user, and throws StreamError when the body breaks off.
template <class Source>
class BodyRange {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    explicit Iterator(Source* source) : source_(source) {}
    std::string_view operator*() const { return source_->piece(); }
    Iterator& operator++() {
      source_->advance();
      return *this;
    }
    void operator++(int) { source_->advance(); }
    bool operator==(std::default_sentinel_t) const { return source_->at_end(); }

   private:
    Source* source_;
  };

  explicit BodyRange(Source source) : source_(std::move(source)) {}
  Iterator begin() & {
    source_.advance();
    return Iterator(&source_);
  }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  Source source_;
};

struct Response;

namespace detail {

/// The body of a response, as it comes.
class CPPWORKER_EXPORT ContentSource {
 public:
  explicit ContentSource(const Response& response);
  void advance();
  [[nodiscard]] std::string_view piece() const { return piece_; }
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  std::shared_ptr<http::BodyStream> stream_;
  std::string buffer_;
  std::string_view rest_;  // of a body that is there already
  std::string_view piece_;
  bool at_end_ = false;
};

/// The same, cut at line ends.
class CPPWORKER_EXPORT LineSource {
 public:
  explicit LineSource(const Response& response) : content_(response) {}
  void advance();
  [[nodiscard]] std::string_view piece() const { return line_; }
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  ContentSource content_;
  std::string pending_;
  std::string line_;
  std::size_t searched_ = 0;
  bool at_end_ = false;
};

}  // namespace detail

/// The answer to a request, with requests.Response's names.
struct CPPWORKER_EXPORT Response {
  int status_code = 0;        ///< 0: there was no answer, `error` says why
  std::string text{};         ///< the body, decoded from Content-Encoding; "" if streamed
  ResponseHeaders headers{};  ///< of the last hop
  std::string url{};          ///< after redirects
  Milliseconds elapsed{};     ///< whole chain of redirects, body included unless streamed
  std::string error{};        ///< of a connection that failed: the cause, as in the statistics
  std::string reason{};       ///< of the status line, e.g. "Not Found"
  std::vector<Response> history{};  ///< the answers that redirected, oldest first
  std::shared_ptr<http::BodyStream>
      stream{};  ///< for the library: where a streamed body comes from

  /// As in requests: raise_for_status() wouldn't throw.
  [[nodiscard]] bool ok() const {
    return status_code > 0 && (status_code < 400 || status_code >= 600);
  }
  /// The body as JSON. Throws JSONDecodeError. Not for streamed answers.
  [[nodiscard]] Value json() const { return parse_json(text); }
  /// Those that this answer set, as far as the session took them.
  [[nodiscard]] Cookies cookies() const;
  /// Throws HTTPError for a status from 400 to 599 and for a failed connection.
  void raise_for_status() const;

  /// The body in pieces, as they come if it is streamed: `for (std::string_view piece : …)`. Of a
  /// streamed body each piece can be had once.
  [[nodiscard]] BodyRange<detail::ContentSource> iter_content() const& {
    return BodyRange(detail::ContentSource(*this));
  }
  // Of a temporary:
  void iter_content() const&& = delete;  // keep the response in a variable
  /// The same in lines, without their ends.
  [[nodiscard]] BodyRange<detail::LineSource> iter_lines() const& {
    return BodyRange(detail::LineSource(*this));
  }
  void iter_lines() const&& = delete;  // keep the response in a variable
};

/// A response whose verdict is the author's: what Python's
/// `with client.get(..., catch_response=True) as response:` gives to its block. Not copyable: a
/// verdict on a copy would be lost.
struct CatchResponse : Response {
  explicit CatchResponse(Response response) : Response(std::move(response)) {}
  CatchResponse(const CatchResponse&) = delete;  // take CatchResponse& response (or auto& response)
  CatchResponse& operator=(const CatchResponse&) = delete;
  ~CatchResponse() = default;

  void success() { verdict_ = Verdict{}; }
  /// The statistics show it as Locust does: CatchResponseError('message').
  void failure(std::string message) { verdict_ = Verdict{std::move(message)}; }

  struct Verdict {
    std::optional<std::string> failure;  ///< none: success
  };
  [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }

 private:
  std::optional<Verdict> verdict_;
};

/// What rest() gives to its function.
struct RestResponse : CatchResponse {
  using CatchResponse::CatchResponse;
  Value js{};  ///< the body; None if it is empty or no JSON (which is a failure already)
};

}  // namespace cppworker
