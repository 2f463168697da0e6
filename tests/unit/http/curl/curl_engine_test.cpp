#include "http/curl/curl_engine.hpp"

#include "http/curl/curl_exchange.hpp"
#include "unit/http/http_fixture.hpp"

namespace cppworker::http {
namespace {

using CurlEngineTest = HttpFixture;

TEST_F(CurlEngineTest, WatchesNoIdleSocket) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.hold();
    connection.reply("ok");
  });
  const CurlEngine& engine = *CurlEngine::of(shard);
  run_user([&] {
    CurlExchange exchange(shard);
    const Url url = Url::prepare(server.url());
    Exchange::Request request;
    request.method = "GET";
    request.url = &url;
    Exchange::Result result;
    server.on_request([&](const HttpRequest&) {
      when_idle([&] {
        EXPECT_EQ(engine.sockets().watched(), 1U);
        server.release();
      });
    });
    for (int i = 0; i < 2; ++i) {
      exchange.perform(request, result, *scheduler.running());
      EXPECT_EQ(result.body, "ok");
      EXPECT_EQ(engine.sockets().watched(), 0U);
    }
  });
  EXPECT_EQ(server.connections(), 1U);
}

}  // namespace
}  // namespace cppworker::http
