// What servers send to the HTTP clients.

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <cppworker/cookies.hpp>
#include <cppworker/server_events.hpp>

#include "fuzz/targets.hpp"
#include "http/cookie_rules.hpp"
#include "http/event_stream_parser.hpp"
#include "http/fast/content_encoding.hpp"
#include "http/fast/response_parser.hpp"
#include "http/requests/response_parser.hpp"
#include "http/url/url.hpp"
#include "text/utf8.hpp"

namespace cppworker::fuzz {

namespace {

/// A parser that has got `bytes`, in pieces of `size`.
template <class Parser>
struct Fed {
  Fed(std::string_view bytes, std::size_t size) {
    parser.start(false);
    http::ParseStatus status = http::ParseStatus::kNeedMore;
    while (status == http::ParseStatus::kNeedMore && !bytes.empty()) {
      const Exact piece(bytes.substr(0, size));
      status = parser.feed(piece.view());
      bytes.remove_prefix(piece.view().size());
    }
    if (status == http::ParseStatus::kNeedMore) status = parser.finish();
    result = status;
  }

  Parser parser;
  http::ParseStatus result;
};

template <class Parser>
void check_response(std::string_view bytes) {
  Fed<Parser> whole(bytes, std::string_view::npos);
  Fed<Parser> split(bytes, 1);
  if (whole.result == http::ParseStatus::kFailed) {
    return;  // perhaps only because of bytes behind the response, which may also come too late
  }
  require(whole.result == split.result, "the pieces in which a response comes do not matter");
  require(whole.parser.status_code() == split.parser.status_code() &&
              whole.parser.header_lines() == split.parser.header_lines() &&
              whole.parser.body == split.parser.body,
          "a response does not depend on how the bytes are split");
}

std::vector<std::tuple<std::string, std::string, std::string>> events_of(std::string_view bytes,
                                                                         std::size_t size) {
  constexpr std::size_t kEventMax = 1000;
  http::EventStreamParser parser(kEventMax);
  std::vector<std::tuple<std::string, std::string, std::string>> events;
  while (!bytes.empty()) {
    const Exact piece(bytes.substr(0, size));
    bytes.remove_prefix(piece.view().size());
    std::string_view rest = piece.view();
    ServerEvent event;
    for (;;) {
      const auto result = parser.next(rest, event);
      if (result == http::EventStreamParser::Result::kNeedsMore) break;
      if (result == http::EventStreamParser::Result::kTooLarge) {
        events.emplace_back("too large", "", "");
        return events;
      }
      require(text::is_utf8(event.data) && text::is_utf8(event.event), "events are UTF-8");
      events.emplace_back(event.event, event.data, event.id);
    }
  }
  return events;
}

}  // namespace

void fast_response(std::string_view bytes) { check_response<http::fast::ResponseParser>(bytes); }

void requests_response(std::string_view bytes) {
  check_response<http::requests::ResponseParser>(bytes);
}

void server_events(std::string_view bytes) {
  require(events_of(bytes, std::string_view::npos) == events_of(bytes, 1),
          "events do not depend on how the bytes are split");
}

void content_encodings(std::string_view bytes) {
  constexpr std::size_t kDecodedMax = 100'000;
  for (const char* const encoding : {"gzip", "deflate", "br"}) {
    std::string body(bytes);
    const std::string failure = http::fast::decode_content(encoding, body, kDecodedMax);
    require(text::is_utf8(failure), "failures are UTF-8");
    require(!failure.empty() || body.size() <= kDecodedMax,
            "a decoded body is not larger than the limit");
  }
}

void url(std::string_view bytes) {
  const std::size_t line = bytes.find('\n');
  try {
    const http::Url first = http::Url::prepare(bytes.substr(0, line));
    require(text::is_utf8(first.text()), "URLs are UTF-8");
    require(!first.host().empty(), "a URL has a host");
    require(http::Url::prepare(first.text()).text() == first.text(),
            "a prepared URL stays as it is");
    if (line != std::string_view::npos) (void)first.redirected(bytes.substr(line + 1)).wire_text();
  } catch (const std::exception&) {
    return;  // the request fails with this text
  }
}

void set_cookie(std::string_view bytes) {
  const http::Url target = http::Url::prepare("http://www.example.com/a/b");
  const http::CookieRequest request{.url = target};
  constexpr double kNow = 1'700'000'000;
  for (const http::CookieJar jar : {http::CookieJar::kRequests, http::CookieJar::kPlain}) {
    Cookies cookies;
    http::store_cookies(cookies, request, bytes, kNow, jar);
    require(text::is_utf8(http::cookie_header(cookies, request, kNow)),
            "cookies are sent in UTF-8");
  }
}

}  // namespace cppworker::fuzz
