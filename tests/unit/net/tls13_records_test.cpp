#include "net/tls13_records.hpp"

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "unit/net/tls13_peer.hpp"

namespace cppworker::net {
namespace {

using Kind = TlsResult::Kind;
using test_support::from_hex;
using test_support::sealed_with;
using test_support::secret_of;

constexpr unsigned char kAlert = 21;
constexpr unsigned char kHandshake = 22;
constexpr unsigned char kData = 23;

const Tls13Suite& aes_128_gcm() { return *Tls13Suite::find(0x1301); }

std::string text_of(std::string_view hex) {
  const auto bytes = from_hex(hex);
  return {bytes.begin(), bytes.end()};
}

/// The record layer of a client, and a server that can send any record.
class Tls13RecordsTest : public testing::Test {
 protected:
  /// A record of the server.
  std::string record(unsigned char type, std::string_view content, std::size_t padding = 0) {
    std::string inner(content);
    inner += static_cast<char>(type);
    inner.append(padding, '\0');
    return sealed(inner);
  }
  std::string sealed(std::string_view inner) { return sealed_with(aes_128_gcm(), server_, inner); }
  std::string ticket(std::size_t size) {
    return record(kHandshake, std::string("\x04\x00\x00", 3) + static_cast<char>(size) +
                                  std::string(size, 't'));
  }
  std::string key_update(char request) {
    std::string made = record(kHandshake, std::string("\x18\x00\x00\x01", 4) + request);
    server_.update(aes_128_gcm());
    return made;
  }

  /// What the client gets of `received`, which it must take as a whole unless it ends there.
  std::string open(std::string_view received) {
    std::vector<char> data(received.size());
    const auto opened = records_.open(received, data.data());
    EXPECT_TRUE(opened.consumed == received.size() || records_.end().kind != Kind::kDone);
    return {data.data(), opened.size};
  }
  /// OpenSSL's reason of the failure; 0: none.
  [[nodiscard]] int failure() const {
    const TlsResult end = records_.end();
    EXPECT_EQ(end.kind == Kind::kFailed, end.error.code != 0);
    EXPECT_EQ(end.error.os_error, 0);
    return ERR_GET_REASON(end.error.code);
  }
  /// The failure that one record causes.
  int failure_of(std::string_view record) {
    EXPECT_EQ(open(record), "");
    EXPECT_TRUE(records_.owes_alert());
    return failure();
  }

  const Tls13Keys::Secret server_secret_ =
      secret_of("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
  const Tls13Keys::Secret client_secret_ =
      secret_of("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
  Tls13Keys server_{aes_128_gcm(), server_secret_, 0};
  Tls13Records records_{
      aes_128_gcm(), {.secret = server_secret_, .sequence = 0}, {.secret = client_secret_}};
};

TEST_F(Tls13RecordsTest, AreThoseOfRfc8448) {
  std::string content;
  for (char byte = 0; byte < 50; ++byte) {
    content += byte;
  }
  std::vector<char> output(Tls13Records::kSealedMax);
  const std::size_t size = records_.seal(content, output);
  const std::string client = text_of(
      "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a2044"
      "1e"
      "2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4");
  EXPECT_EQ(std::string(output.data(), size), client);

  // It is the second record of the server; the first one is a session ticket.
  Tls13Records records(aes_128_gcm(), {.secret = server_secret_, .sequence = 1},
                       {.secret = client_secret_});
  const std::string server = text_of(
      "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a"
      "59"
      "a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d");
  std::vector<char> data(server.size());
  const auto opened = records.open(server, data.data());
  EXPECT_EQ(std::string(data.data(), opened.size), content);
}

TEST_F(Tls13RecordsTest, OpensWholeRecordsAndLeavesAPart) {
  const std::string first = record(kData, "one");
  const std::string second = record(kData, "two", 100);
  const std::string third = record(kData, "three");
  const std::string all = first + second + third;
  std::vector<char> data(all.size());
  const auto opened = records_.open(std::string_view(all).substr(0, all.size() - 1), data.data());
  EXPECT_EQ(std::string(data.data(), opened.size), "onetwo");
  EXPECT_EQ(opened.consumed, first.size() + second.size());
  EXPECT_EQ(open(third), "three");
  EXPECT_EQ(Tls13Records::record_size(std::string_view(second).substr(0, 4)), 5U);
  EXPECT_EQ(Tls13Records::record_size(second), second.size());
}

TEST_F(Tls13RecordsTest, ARecordCanBeAsLargeAsTheRfcAllows) {
  const std::string large(Tls13Records::kContentMax, 'x');
  EXPECT_EQ(open(record(kData, large)), large);
  EXPECT_EQ(failure_of(record(kData, large + "x")), SSL_R_DATA_LENGTH_TOO_LONG);
}

TEST_F(Tls13RecordsTest, RefusesALengthThatIsTooLargeBeforeTheRecordHasCome) {
  EXPECT_EQ(failure_of(std::string("\x17\x03\x03\x41\x01", 5)), SSL_R_ENCRYPTED_LENGTH_TOO_LONG);
}

TEST_F(Tls13RecordsTest, RefusesALengthThatIsTooSmall) {
  EXPECT_EQ(failure_of(std::string("\x17\x03\x03\x00\x10", 5)), SSL_R_LENGTH_TOO_SHORT);
}

TEST_F(Tls13RecordsTest, RefusesRecordsWithoutEncryption) {
  EXPECT_EQ(failure_of(std::string("\x15\x03\x03\x00\x02\x02\x28", 7)), SSL_R_BAD_RECORD_TYPE);
}

TEST_F(Tls13RecordsTest, RefusesARecordOfPadding) {
  EXPECT_EQ(failure_of(sealed(std::string(20, '\0'))), SSL_R_BAD_RECORD_TYPE);
}

TEST_F(Tls13RecordsTest, RefusesOtherTypesOfRecords) {
  EXPECT_EQ(failure_of(record(20, "\x01")), SSL_R_BAD_RECORD_TYPE);
}

TEST_F(Tls13RecordsTest, RefusesRecordsInAnotherOrder) {
  const std::string first = record(kData, "one");
  EXPECT_EQ(failure_of(record(kData, "two")), SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
}

TEST_F(Tls13RecordsTest, RefusesEveryChangeOfARecord) {
  const std::string sent = record(kData, "sent");
  for (std::size_t at = 0; at < sent.size(); ++at) {
    for (const unsigned bit : {1U, 16U, 128U}) {
      std::string changed = sent;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ bit);
      Tls13Records records(aes_128_gcm(), {.secret = server_secret_}, {.secret = client_secret_});
      std::vector<char> data(changed.size());
      const auto opened = records.open(changed, data.data());
      EXPECT_EQ(opened.size, 0U);
      EXPECT_TRUE(records.end().kind == Kind::kFailed ||
                  Tls13Records::record_size(changed) > changed.size())
          << "byte " << at;
    }
  }
}

TEST_F(Tls13RecordsTest, WhatCameBeforeAFaultIsDelivered) {
  const std::string good = record(kData, "good");
  EXPECT_EQ(open(good + good), "good");
  EXPECT_EQ(failure(), SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
  EXPECT_EQ(open(record(kData, "late")), "");
}

TEST_F(Tls13RecordsTest, AFaultIsReportedToThePeer) {
  EXPECT_EQ(failure_of(record(20, "\x01")), SSL_R_BAD_RECORD_TYPE);
  std::vector<char> output(Tls13Records::kSealedMax);
  const std::size_t size = records_.seal_alert(output);
  EXPECT_FALSE(records_.owes_alert());
  Tls13Keys client(aes_128_gcm(), client_secret_, 0);
  Tls13Aead& aead = Tls13Aead::of_thread(aes_128_gcm());
  aead.set_keys(client, Tls13Aead::Use::kOpen);
  std::string inner(size - Tls13Records::kHeader - Tls13Aead::kTag, '\0');
  const auto alert = std::span<const char>(output).first(size);
  ASSERT_TRUE(aead.open(alert.first(5), alert.subspan(5), inner.data()));
  EXPECT_EQ(inner, "\x02\x0a\x15") << "fatal, unexpected_message, the type of alerts";
}

TEST_F(Tls13RecordsTest, NothingCountsAfterCloseNotify) {
  std::string all = record(kData, "last");
  all += record(kAlert, std::string("\x01\x00", 2));
  all += record(kData, "late");
  EXPECT_EQ(open(all), "last");
  EXPECT_EQ(records_.end().kind, Kind::kClosed);
  EXPECT_FALSE(records_.owes_alert());
}

TEST_F(Tls13RecordsTest, OtherAlertsAreFatalAndKeepTheirNumber) {
  EXPECT_EQ(open(record(kAlert, "\x01\x5a")), "") << "user_canceled";
  EXPECT_EQ(failure(), 0);
  EXPECT_EQ(open(record(kAlert, "\x01\x50")), "") << "a level of warning does not matter";
  EXPECT_EQ(failure(), SSL_AD_REASON_OFFSET + SSL_AD_INTERNAL_ERROR);
  EXPECT_FALSE(records_.owes_alert());
}

TEST_F(Tls13RecordsTest, RefusesAlertsOfAnotherSize) {
  EXPECT_EQ(failure_of(record(kAlert, "\x02\x28\x02\x28")), SSL_R_INVALID_ALERT);
}

TEST_F(Tls13RecordsTest, IgnoresTicketsInOneRecordOrInMany) {
  const std::string message = std::string("\x04\x00\x00\x03", 4) + "abc";
  const std::string two = record(kHandshake, message + message);
  EXPECT_EQ(open(two + record(kData, "1")), "1");
  for (const char byte : message + message) {
    EXPECT_EQ(open(record(kHandshake, {&byte, 1})), "");
  }
  EXPECT_EQ(open(record(kData, "2")), "2");
  EXPECT_EQ(failure(), 0);
}

TEST_F(Tls13RecordsTest, NothingComesBetweenThePartsOfAMessage) {
  EXPECT_EQ(open(record(kHandshake, std::string("\x04\x00", 2))), "");
  EXPECT_EQ(failure_of(record(kData, "x")), SSL_R_UNEXPECTED_MESSAGE);
}

TEST_F(Tls13RecordsTest, RefusesEmptyPartsOfMessages) {
  EXPECT_EQ(failure_of(record(kHandshake, "")), SSL_R_UNEXPECTED_MESSAGE);
}

TEST_F(Tls13RecordsTest, RefusesTicketsThatNoServerMakes) {
  EXPECT_EQ(failure_of(record(kHandshake, std::string("\x04\x02\x01\x0b", 4))), SSL_R_BAD_LENGTH);
}

TEST_F(Tls13RecordsTest, RefusesEmptyTickets) {
  EXPECT_EQ(failure_of(record(kHandshake, std::string("\x04\x00\x00\x00", 4))), SSL_R_BAD_LENGTH);
}

TEST_F(Tls13RecordsTest, RefusesOtherMessages) {
  EXPECT_EQ(failure_of(record(kHandshake, std::string("\x0d\x00\x00\x03xyz", 7))),
            SSL_R_UNEXPECTED_MESSAGE);
}

TEST_F(Tls13RecordsTest, FollowsKeyUpdates) {
  const std::string update = key_update(0);
  EXPECT_EQ(open(update + record(kData, "second keys")), "second keys");
  const std::string message = std::string("\x18\x00\x00\x01\x00", 5);
  for (const char byte : message) {
    EXPECT_EQ(open(record(kHandshake, {&byte, 1})), "");
  }
  server_.update(aes_128_gcm());
  EXPECT_EQ(open(record(kData, "third keys")), "third keys");
}

TEST_F(Tls13RecordsTest, AnswersKeyUpdatesOnceBeforeTheNextData) {
  for (const char request : {'\x01', '\x01', '\x00'}) {
    EXPECT_EQ(open(key_update(request)), "");
  }
  std::vector<char> output(Tls13Records::kSealedMax);
  const std::size_t size = records_.seal("data", output);
  const auto sent = std::span<const char>(output).first(size);
  const std::size_t first = Tls13Records::record_size(sent);
  EXPECT_EQ(first + Tls13Records::record_size(sent.subspan(first)), size);

  // The peer's record layer is the same in both directions.
  Tls13Records peer(aes_128_gcm(), {.secret = client_secret_}, {.secret = server_secret_});
  std::vector<char> data(size);
  const auto opened = peer.open(sent, data.data());
  EXPECT_EQ(std::string(data.data(), opened.size), "data");
  EXPECT_EQ(Tls13Records::record_size({output.data(), records_.seal("more", output)}),
            Tls13Records::kHeader + 4 + 1 + Tls13Aead::kTag);
}

TEST_F(Tls13RecordsTest, AKeyUpdateMustEndItsRecord) {
  EXPECT_EQ(failure_of(record(kHandshake, std::string("\x18\x00\x00\x01\x00\x04", 6))),
            SSL_R_NOT_ON_RECORD_BOUNDARY);
}

TEST_F(Tls13RecordsTest, RefusesKeyUpdatesOfAnotherSize) {
  EXPECT_EQ(failure_of(record(kHandshake, std::string("\x18\x00\x00\x02\x00\x00", 6))),
            SSL_R_BAD_KEY_UPDATE);
}

TEST_F(Tls13RecordsTest, RefusesKeyUpdatesThatRequestSomethingElse) {
  EXPECT_EQ(failure_of(record(kHandshake, std::string("\x18\x00\x00\x01\x02", 5))),
            SSL_R_BAD_KEY_UPDATE);
}

TEST_F(Tls13RecordsTest, RecordsWithoutDataHaveALimit) {
  const auto many = [this](unsigned count, const auto& make) {
    for (unsigned number = 0; number < count; ++number) {
      EXPECT_EQ(open(make()), "");
    }
  };
  const auto empty = [this] { return record(kData, "", 3); };
  many(Tls13Records::kQuietMax, empty);
  EXPECT_EQ(open(record(kData, "x")), "x");
  many(Tls13Records::kQuietMax - 2, [this] { return ticket(9); });
  many(1, [this] { return key_update(1); });
  many(1, [this] { return record(kAlert, "\x01\x5a"); });
  EXPECT_EQ(failure(), 0);
  EXPECT_EQ(failure_of(ticket(9)), SSL_R_UNEXPECTED_MESSAGE);
}

TEST_F(Tls13RecordsTest, SurvivesWhatAServerWithTheKeysCanSend) {
  std::mt19937 random(7);  // NOLINT: the same numbers each time
  const auto below = [&random](unsigned limit) { return static_cast<unsigned>(random()) % limit; };
  unsigned failed = 0;
  for (int round = 0; round < 2000; ++round) {
    Tls13Keys server(aes_128_gcm(), server_secret_, 0);
    std::string all;
    for (unsigned count = 1 + below(6); count != 0; --count) {
      std::string inner;
      for (unsigned size = below(12); size != 0; --size) {
        inner += static_cast<char>(std::array{0U, 1U, 2U, 3U, 4U, 13U, 24U, 255U}[below(8)]);
      }
      inner += static_cast<char>(below(8) == 0 ? below(256) : kAlert + below(3));
      all += sealed_with(aes_128_gcm(), server, inner);
    }
    Tls13Records records(aes_128_gcm(), {.secret = server_secret_}, {.secret = client_secret_});
    std::string_view rest = all;
    while (!rest.empty() && records.end().kind == Kind::kDone) {
      const auto part = rest.substr(0, Tls13Records::record_size(rest));
      std::vector<char> data(part.size());
      const auto opened = records.open(part, data.data());
      ASSERT_EQ(opened.consumed, part.size());
      ASSERT_LT(opened.size, part.size());
      rest.remove_prefix(part.size());
    }
    failed += records.end().kind == Kind::kFailed ? 1 : 0;
  }
  EXPECT_GT(failed, 500U);
  EXPECT_LT(failed, 1900U);
}

}  // namespace
}  // namespace cppworker::net
