#include "net/tls13_keys.hpp"

#include <span>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/net/tls13_peer.hpp"

namespace cppworker::net {
namespace {

using test_support::from_hex;
using test_support::secret_of;
using test_support::to_hex;

// RFC 8448, 3: a handshake with TLS_AES_128_GCM_SHA256.
constexpr std::string_view kServerSecret =
    "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643";
constexpr std::string_view kClientSecret =
    "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5";

const Tls13Suite& aes_128() { return *Tls13Suite::find(0x1301); }

TEST(Tls13Suite, KnowsTheSuitesOfRfc8446ButCcm) {
  EXPECT_EQ(Tls13Suite::find(0x1301)->key_size, 16U);
  EXPECT_EQ(Tls13Suite::find(0x1302)->secret_size, 48U);
  EXPECT_EQ(Tls13Suite::find(0x1303)->key_size, 32U);
  EXPECT_EQ(Tls13Suite::find(0x1304), nullptr);
  EXPECT_EQ(Tls13Suite::find(0xC02F), nullptr);
  EXPECT_EQ(Tls13Suite::find(0x1303)->index(), 2U);
}

TEST(Tls13Keys, AreThoseOfRfc8448) {
  Tls13Keys server(aes_128(), secret_of(kServerSecret), 0);
  EXPECT_EQ(to_hex(std::span(server.key()).first(16)), "9f02283b6c9c07efc26bb9f2ac92e356");
  EXPECT_EQ(to_hex(server.next_nonce()), "cf782b88dd83549aadf1e984");
  Tls13Keys client(aes_128(), secret_of(kClientSecret), 0);
  EXPECT_EQ(to_hex(std::span(client.key()).first(16)), "17422dda596ed5d9acd890e3c63f5051");
  EXPECT_EQ(to_hex(client.next_nonce()), "5b78923dee08579033e523d9");
}

TEST(Tls13Keys, TheNonceHasTheNumberOfTheRecord) {
  Tls13Keys keys(aes_128(), secret_of(kServerSecret), 0x0102);
  EXPECT_EQ(to_hex(keys.next_nonce()), "cf782b88dd83549aadf1e886");
  EXPECT_EQ(to_hex(keys.next_nonce()), "cf782b88dd83549aadf1e887");
}

TEST(Tls13Keys, AnUpdateBeginsWithRecordZeroOfOtherKeys) {
  Tls13Keys keys(aes_128(), secret_of(kServerSecret), 5);
  keys.update(aes_128());
  Tls13Keys::Secret next{};
  hkdf_expand_label(EVP_sha256(), from_hex(kServerSecret), "traffic upd",
                    std::span(next).first(32));
  Tls13Keys expected(aes_128(), next, 0);
  EXPECT_EQ(keys.key(), expected.key());
  EXPECT_EQ(keys.next_nonce(), expected.next_nonce());
  EXPECT_NE(to_hex(std::span(keys.key()).first(16)), "9f02283b6c9c07efc26bb9f2ac92e356");
}

}  // namespace
}  // namespace cppworker::net
