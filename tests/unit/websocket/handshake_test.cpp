#include "websocket/handshake.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cppworker::websocket {
namespace {

using testing::Contains;
using testing::Pair;

constexpr const char* kKey = "dGhlIHNhbXBsZSBub25jZQ==";

Agreement agree(const std::string& lines, Offer offer = {}) {
  offer.key = kKey;
  return check_response(offer, ResponseHeaders("Upgrade: WebSocket\r\n"
                                               "Connection: keep-alive, upgrade\r\n"
                                               "Sec-WebSocket-Accept: "
                                               "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
                                               lines));
}

TEST(WebSocketHandshake, ExampleOfTheStandard) {
  EXPECT_EQ(handshake_accept(kKey), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(agree("").error, "");
}

TEST(WebSocketHandshake, AKeyHas16Bytes) {
  EXPECT_EQ(handshake_key({0, 0}), "AAAAAAAAAAAAAAAAAAAAAA==");
  EXPECT_NE(handshake_key({1, 2}), handshake_key({2, 1}));
}

TEST(WebSocketHandshake, HeadersOfTheRequest) {
  const Pairs plain = request_headers({.key = kKey});
  EXPECT_EQ(plain.size(), 4);
  EXPECT_THAT(plain, Contains(Pair("Sec-WebSocket-Version", "13")));
  const Pairs full =
      request_headers({.key = kKey, .subprotocols = {"json", "xml"}, .compression = true});
  EXPECT_THAT(full, Contains(Pair("Sec-WebSocket-Protocol", "json, xml")));
  EXPECT_THAT(full, Contains(Pair("Sec-WebSocket-Extensions",
                                  "permessage-deflate; client_no_context_takeover; "
                                  "client_max_window_bits; server_no_context_takeover")));
}

TEST(WebSocketHandshake, AWrongResponse) {
  const Offer offer{.key = kKey};
  const auto error_of = [&](const std::string& lines) {
    return check_response(offer, ResponseHeaders(lines)).error;
  };
  EXPECT_EQ(error_of(""), "the response has no Upgrade: websocket");
  EXPECT_EQ(error_of("Upgrade: websocket\r\nConnection: close\r\n"),
            "the response has no Connection: Upgrade");
  EXPECT_EQ(error_of("Upgrade: websocket\r\nConnection: Upgrade\r\n"),
            "Sec-WebSocket-Accept is wrong");
  EXPECT_EQ(error_of("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n"),
            "Sec-WebSocket-Accept is wrong");
}

TEST(WebSocketHandshake, Subprotocols) {
  const Offer offer{.subprotocols = {"json", "xml"}};
  EXPECT_EQ(agree("Sec-WebSocket-Protocol: xml\r\n", offer).subprotocol, "xml");
  EXPECT_EQ(agree("", offer).subprotocol, "");
  EXPECT_EQ(agree("Sec-WebSocket-Protocol: html\r\n", offer).error,
            "the server chose a subprotocol that was not offered");
  EXPECT_EQ(agree("Sec-WebSocket-Protocol: json\r\nSec-WebSocket-Protocol: xml\r\n", offer).error,
            "the server chose a subprotocol that was not offered");
}

TEST(WebSocketHandshake, Compression) {
  const Offer offer{.compression = true};
  const auto answer = [&](const std::string& parameters) {
    return agree("Sec-WebSocket-Extensions: " + parameters + "\r\n", offer);
  };
  const std::string refused = "the server chose an extension that was not offered";
  EXPECT_EQ(agree("", offer).compression, Compression::kNone);
  EXPECT_EQ(answer("permessage-deflate; server_no_context_takeover").compression,
            Compression::kPerMessage);
  const Agreement with_bits = answer(
      "permessage-deflate;server_no_context_takeover ; client_max_window_bits=\"10\"; "
      "server_max_window_bits=12");
  EXPECT_EQ(with_bits.error, "");
  EXPECT_EQ(with_bits.client_window_bits, 10);
  EXPECT_EQ(answer("permessage-deflate").error, refused) << "it keeps the context";
  EXPECT_EQ(answer("permessage-deflate; server_no_context_takeover; foo").error, refused);
  EXPECT_EQ(
      answer("permessage-deflate; server_no_context_takeover; client_max_window_bits=7").error,
      refused);
  EXPECT_EQ(answer("x-webkit-deflate-frame").error, refused);
  EXPECT_EQ(
      agree("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n").error,
      refused);
  EXPECT_EQ(agree("Sec-WebSocket-Extensions: permessage-deflate\r\n",
                  {.compression = true, .server_context = true})
                .compression,
            Compression::kWithContext);
}

}  // namespace
}  // namespace cppworker::websocket
