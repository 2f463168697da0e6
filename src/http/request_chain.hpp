#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>

#include "coro/clock.hpp"
#include "http/curl_engine.hpp"
#include "http/url.hpp"

namespace cppworker::http {

/// A transfer of the engine's, for as long as a request takes. One that is under way when the lease
/// ends is aborted.
class TransferLease {
 public:
  explicit TransferLease(CurlEngine& engine) : engine_(engine), transfer_(engine.acquire()) {}
  ~TransferLease();
  TransferLease(const TransferLease&) = delete;
  TransferLease& operator=(const TransferLease&) = delete;

  CurlTransfer& operator*() const { return transfer_; }
  CurlTransfer* operator->() const { return &transfer_; }

 private:
  CurlEngine& engine_;
  CurlTransfer& transfer_;
};

/// One call of HttpSession::request(): a request and the redirects after it.
class RequestChain {
 public:
  struct Call {
    std::string_view method;
    std::string_view url;
    const RequestOptions& options;
    const BaseUrl& base;
  };

  /// Throws InvalidURL, std::invalid_argument (the timeout).
  RequestChain(const Call& call, CurlTransfer& transfer);

  /// What happens between two hops, on the caller's stack. Requests the first or the next one, or
  /// says that there is none: the chain is complete. Throws InvalidURL.
  [[nodiscard]] bool next_hop();

  /// The row's name. What this and the next two return is valid as long as the chain.
  [[nodiscard]] std::string_view name() const;
  /// The row's name, had the request not been cut off.
  [[nodiscard]] std::string_view first_name() const;
  /// The complete URL, for listeners.
  [[nodiscard]] std::string_view event_url();
  /// Of the last hop, with the failure's text if there was one. Once.
  [[nodiscard]] Response take_response();
  [[nodiscard]] const std::string& reason() const { return transfer_.result.reason; }

 private:
  static constexpr int kRedirectsMax = 30;

  void request_first();
  bool request_redirected();
  void fill_headers();
  [[nodiscard]] bool lost_request() const;
  [[nodiscard]] const Url& url() const { return redirected_ ? *redirected_ : first_; }

  const Call& call_;
  CurlTransfer& transfer_;
  std::string method_;         // upper case
  std::string authorization_;  // header value
  Url first_;
  std::optional<Url> redirected_;  // of the present hop, if it isn't the first
  std::string unprepared_url_;     // what Python has left of a request that it lost
  int hops_ = 0;
  bool follows_ = true;
  bool auth_dropped_ = false;
  bool body_dropped_ = false;
  bool invalid_header_ = false;
};

}  // namespace cppworker::http
