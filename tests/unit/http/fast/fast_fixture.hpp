#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/fast_http_user.hpp>

#include "../http_fixture.hpp"

namespace cppworker::http::fast {

/// One shard, and sessions as FastHttpUsers have them.
class FastFixture : public HttpFixture {
 protected:
  std::unique_ptr<HttpSession> session(const std::string& url) {
    return std::make_unique<FastHttpSession>(environment, url, nullptr, settings);
  }

  /// Requests "/x" from a server with that response.
  Response get(const HttpServer::Handler& answer, const RequestOptions& options = {},
               std::string_view method = "GET") {
    HttpServer server(answer);
    Response response;
    run_user([&] { response = session(server.url())->request(method, "/x", options); });
    requests = server.requests();
    connections = server.connections();
    return response;
  }
  /// Requests "/x" from a server that sends these bytes and keeps the connection open.
  Response get_bytes(const std::string& bytes, std::string_view method = "GET") {
    return get([&](auto&, HttpConnection& c) { c.send(bytes); }, {}, method);
  }

  FastHttpSettings settings;
  std::vector<HttpRequest> requests;
  std::size_t connections = 0;
};

}  // namespace cppworker::http::fast
