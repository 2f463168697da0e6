#include "http/rest.hpp"

#include <exception>
#include <typeinfo>
#include <utility>

#include <fmt/format.h>

#include "http/header_lines.hpp"
#include "text/utf8.hpp"
#include "user/user_error.hpp"

namespace cppworker::http {

namespace {

constexpr std::size_t kUnparsableExcerpt = 250;  // characters
constexpr std::size_t kExcerpt = 200;            // characters

void add_default(Headers& headers, const char* name) {
  for (const auto& [present, value] : headers) {
    if (equal_ignoring_case(present, name)) {
      return;
    }
  }
  headers.emplace_back(name, "application/json");
}

void parse(RestResponse& response) {
  if (response.status_code == 0) {
    response.failure(response.error);
  } else if (!response.text.empty()) {
    try {
      response.parse();
    } catch (const JSONDecodeError& error) {
      response.failure(
          fmt::format("Could not parse response as JSON. {}, response code {}, error {}",
                      text::first_characters(response.text, kUnparsableExcerpt),
                      response.status_code, error.what()));
    }
  }
}

void run_check(RestResponse& response, const HttpSession::RestCheck& check) {
  try {
    check(response);
  } catch (const AssertionError& assertion) {
    std::string message = assertion.what();
    if (message.ends_with(',')) {
      message += " response was ";
      message += text::first_characters(response.text, kExcerpt);
    }
    response.failure(message.empty() ? "Assertion failed" : std::move(message));
  } catch (const std::exception& exception) {
    response.failure(fmt::format("{}: {}. Response was {}",
                                 detail::demangled_type(typeid(exception)), exception.what(),
                                 text::first_characters(response.text, kExcerpt)));
  }
}

}  // namespace

RequestOptions rest_options(const RequestOptions& options) {
  RequestOptions json_options = options;
  add_default(json_options.headers, "Content-Type");
  add_default(json_options.headers, "Accept");
  return json_options;
}

void check_rest(CatchResponse& caught, const HttpSession::RestCheck& check) {
  RestResponse response(std::move(static_cast<Response&>(caught)));
  // The verdict counts even if a control-flow exception leaves the check.
  const auto give_back = [&] {
    static_cast<Response&>(caught) = std::move(static_cast<Response&>(response));
    if (response.verdict()) {
      response.verdict()->failure ? caught.failure(*response.verdict()->failure) : caught.success();
    }
  };
  parse(response);
  try {
    if (check) {
      run_check(response, check);
    }
  } catch (...) {
    give_back();
    throw;
  }
  give_back();
}

std::string with_cache_buster(std::string_view url, std::string_view value) {
  const char separator = url.find('?') == std::string_view::npos ? '?' : '&';
  return fmt::format("{}{}_={}", url, separator, value);
}

}  // namespace cppworker::http
