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

/// Thrown by Response::raise_for_status(). The text is that of Python's requests.
class CPPWORKER_EXPORT HTTPError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The body of a streamed response ended early. The text is that of Python's requests.
class CPPWORKER_EXPORT StreamError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The headers of a response.
class CPPWORKER_EXPORT ResponseHeaders {
 public:
  ResponseHeaders() = default;
  /// @param lines lines of the form "Name: value", each with its CRLF
  explicit ResponseHeaders(std::string lines) : lines_(std::move(lines)) {}

  /// The value of the first header with that name (case-insensitive). Throws KeyError if absent.
  [[nodiscard]] std::string operator[](std::string_view name) const;
  /// Like operator[], but returns `default_value` if absent.
  [[nodiscard]] std::string get(std::string_view name, std::string_view default_value) const;
  std::string get(std::string_view name) const = delete;  // use headers["X"] or get("X", "default")
  [[nodiscard]] bool contains(std::string_view name) const;
  /// Names and values in the order received; a name may occur more than once.
  [[nodiscard]] Pairs items() const;
  /// All header lines as received, each with its CRLF.
  [[nodiscard]] const std::string& lines() const& { return lines_; }
  [[nodiscard]] std::string lines() && { return std::move(lines_); }

 private:
  std::string lines_;
};

/// The pieces of a body, for a range-based for. Each piece is valid until the iterator advances.
/// Advancing suspends the user and throws StreamError if the body ends early.
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

/// The body of a response, in pieces as they arrive.
class CPPWORKER_EXPORT ContentSource {
 public:
  explicit ContentSource(const Response& response);
  void advance();
  [[nodiscard]] std::string_view piece() const { return piece_; }
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  std::shared_ptr<http::BodyStream> stream_;
  std::string buffer_;
  std::string_view rest_;  // of a body that has been received already
  std::string_view piece_;
  bool at_end_ = false;
};

/// The body of a response, in lines.
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

/// The response to a request, with the names of requests.Response.
struct CPPWORKER_EXPORT Response {
  int status_code = 0;        ///< 0: there was no response; `error` has the cause
  std::string text{};         ///< the body, decoded from Content-Encoding; "" if streamed
  ResponseHeaders headers{};  ///< of the last response of a redirect chain
  std::string url{};          ///< after redirects
  Milliseconds elapsed{};     ///< of the whole redirect chain, with the body unless streamed
  std::string error{};        ///< why the request failed, as in the statistics; "": it did not
  std::string reason{};       ///< of the status line, e.g. "Not Found"
  std::vector<Response> history{};  ///< the responses that redirected, oldest first
  /// For the library: the source of a streamed body.
  std::shared_ptr<http::BodyStream> stream{};
  /// For the library: the author's Host header, if cookies() looks at it.
  std::string cookie_host{};

  /// False if raise_for_status() would throw, as in requests.
  [[nodiscard]] bool ok() const {
    return status_code > 0 && (status_code < 400 || status_code >= 600);
  }
  /// The body, parsed as JSON. Throws JSONDecodeError. Not for streamed responses.
  [[nodiscard]] Value json() const { return parse_json(text); }
  /// The cookies that this response set and the session accepted.
  [[nodiscard]] Cookies cookies() const;
  /// Throws HTTPError for a status from 400 to 599 and for a failed connection.
  void raise_for_status() const;

  /// The body in pieces: `for (std::string_view piece : …)`. The pieces of a streamed body are
  /// returned as they arrive, each one once. Suspends and throws as BodyRange does.
  [[nodiscard]] BodyRange<detail::ContentSource> iter_content() const& {
    return BodyRange(detail::ContentSource(*this));
  }
  void iter_content() const&& = delete;  // keep the response in a variable
  /// Like iter_content(), but in lines, without the line ends.
  [[nodiscard]] BodyRange<detail::LineSource> iter_lines() const& {
    return BodyRange(detail::LineSource(*this));
  }
  void iter_lines() const&& = delete;  // keep the response in a variable
};

/// A response that the check of a request marks as a success or failure. It is the counterpart of
/// `response` in Python's `with client.get(..., catch_response=True) as response:`. Not copyable,
/// because a verdict on a copy would be lost.
struct CatchResponse : Response {
  explicit CatchResponse(Response response) : Response(std::move(response)) {}
  CatchResponse(const CatchResponse&) = delete;  // take CatchResponse& response (or auto& response)
  CatchResponse& operator=(const CatchResponse&) = delete;
  ~CatchResponse() = default;

  /// Reports the request as a success, whatever its status.
  void success() { verdict_ = Verdict{}; }
  /// Reports the request as a failure. As in Locust, the statistics show it as
  /// CatchResponseError('message').
  void failure(std::string message) { verdict_ = Verdict{std::move(message)}; }

  struct Verdict {
    std::optional<std::string> failure;  ///< none: success
  };
  [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }

 private:
  std::optional<Verdict> verdict_;
};

/// The response that rest() passes to its check.
struct RestResponse : CatchResponse {
  using CatchResponse::CatchResponse;
  /// The parsed body. None if the body is empty or not JSON; if it is not JSON, the request has
  /// already failed. It is const, so js["missing"] throws KeyError even if its value is not used.
  const Value& js = parsed_;
  /// Parses the body for `js`. rest() calls it before the check. Throws JSONDecodeError.
  void parse() { parsed_ = json(); }

 private:
  Value parsed_{};
};

}  // namespace cppworker
