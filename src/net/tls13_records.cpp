#include "net/tls13_records.hpp"

#include <algorithm>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.hpp"

namespace cppworker::net {

namespace {

/// OpenSSL's: no server has a larger session ticket.
constexpr std::uint32_t kMessageMax = 131'338;
constexpr std::size_t kKeyUpdateSize = 1;

std::uint8_t byte_at(std::span<const char> bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

}  // namespace

Tls13Records::Tls13Records(const Tls13Suite& suite, const Direction& reads, const Direction& writes)
    : suite_(suite),
      reads_(suite, reads.secret, reads.sequence),
      writes_(suite, writes.secret, writes.sequence) {}

std::size_t Tls13Records::record_size(std::span<const char> bytes) {
  if (bytes.size() < kHeader) {
    return kHeader;
  }
  return kHeader + ((std::size_t{byte_at(bytes, 3)} << 8U) | byte_at(bytes, 4));
}

TlsResult Tls13Records::end() const {
  if (reason_ != 0) {
    return {.kind = TlsResult::Kind::kFailed, .error = {.code = ERR_PACK(ERR_LIB_SSL, 0, reason_)}};
  }
  return {.kind = closed_ ? TlsResult::Kind::kClosed : TlsResult::Kind::kDone};
}

void Tls13Records::fail(Fault fault) {
  DCHECK(reason_ == 0);
  alert_ = fault.alert;
  reason_ = fault.reason;
}

Tls13Records::Opened Tls13Records::open(std::span<const char> received, char* data) {
  Tls13Aead& aead = Tls13Aead::of_thread(suite_);
  aead.set_keys(reads_, Tls13Aead::Use::kOpen);
  Opened opened;
  while (!closed_ && reason_ == 0) {
    const auto rest = received.subspan(opened.consumed);
    if (rest.size() < kHeader) {
      break;
    }
    const std::size_t size = record_size(rest);
    if (byte_at(rest, 0) != static_cast<std::uint8_t>(Type::kData)) {
      fail({.alert = SSL_AD_UNEXPECTED_MESSAGE, .reason = SSL_R_BAD_RECORD_TYPE});
    } else if (size > kRecordMax) {
      fail({.alert = SSL_AD_RECORD_OVERFLOW, .reason = SSL_R_ENCRYPTED_LENGTH_TOO_LONG});
    } else if (size < kHeader + 1 + Tls13Aead::kTag) {
      fail({.alert = SSL_AD_BAD_RECORD_MAC, .reason = SSL_R_LENGTH_TOO_SHORT});
    } else if (size > rest.size()) {
      break;
    } else {
      opened.consumed += size;
      opened.size += open_record(aead, rest.first(size), data + opened.size);
    }
  }
  return opened;
}

std::size_t Tls13Records::open_record(Tls13Aead& aead, std::span<const char> record, char* data) {
  if (!aead.open(record.first(kHeader), record.subspan(kHeader), data)) {
    fail({.alert = SSL_AD_BAD_RECORD_MAC, .reason = SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC});
    return 0;
  }
  std::size_t size = record.size() - kHeader - Tls13Aead::kTag;
  while (size != 0 && data[size - 1] == 0) {  // padding
    --size;
  }
  if (size == 0) {
    fail({.alert = SSL_AD_UNEXPECTED_MESSAGE, .reason = SSL_R_BAD_RECORD_TYPE});
    return 0;
  }
  const auto type = static_cast<Type>(data[--size]);
  const std::span<const char> content(data, size);
  const bool in_message = message_header_ != 0;
  if (size > kContentMax) {
    fail({.alert = SSL_AD_RECORD_OVERFLOW, .reason = SSL_R_DATA_LENGTH_TOO_LONG});
  } else if (in_message && type != Type::kHandshake) {
    fail({.alert = SSL_AD_UNEXPECTED_MESSAGE, .reason = SSL_R_UNEXPECTED_MESSAGE});
  } else if (type == Type::kData && size != 0) {
    quiet_ = 0;
    return size;
  } else if (type == Type::kData) {
    count_quiet_record();
  } else if (type == Type::kAlert) {
    take_alert(content);
  } else if (type == Type::kHandshake) {
    take_handshake(aead, content);
  } else {
    fail({.alert = SSL_AD_UNEXPECTED_MESSAGE, .reason = SSL_R_BAD_RECORD_TYPE});
  }
  return 0;
}

void Tls13Records::count_quiet_record() {
  if (++quiet_ > kQuietMax) {
    fail({.alert = SSL_AD_UNEXPECTED_MESSAGE, .reason = SSL_R_UNEXPECTED_MESSAGE});
  }
}

void Tls13Records::take_alert(std::span<const char> content) {
  if (content.size() != 2) {
    fail({.alert = SSL_AD_DECODE_ERROR, .reason = SSL_R_INVALID_ALERT});
    return;
  }
  const std::uint8_t description = byte_at(content, 1);
  if (description == SSL_AD_CLOSE_NOTIFY) {
    closed_ = true;
  } else if (description == SSL_AD_USER_CANCELLED) {  // close_notify follows
    count_quiet_record();
  } else {  // fatal, whatever its level
    fail({.reason = static_cast<std::uint16_t>(SSL_AD_REASON_OFFSET + description)});
  }
}

void Tls13Records::take_handshake(Tls13Aead& aead, std::span<const char> content) {
  if (content.empty()) {
    fail({.alert = SSL_AD_UNEXPECTED_MESSAGE, .reason = SSL_R_UNEXPECTED_MESSAGE});
    return;
  }
  count_quiet_record();
  while (!content.empty() && reason_ == 0) {
    if (message_header_ < message_.size()) {
      message_[message_header_++] = byte_at(content, 0);
      content = content.subspan(1);
      if (message_header_ == message_.size()) {
        begin_message();
      }
      continue;
    }
    const std::size_t taken = std::min<std::size_t>(message_left_, content.size());
    const auto part = content.first(taken);
    content = content.subspan(taken);
    message_left_ -= static_cast<std::uint32_t>(taken);
    if (message_left_ != 0) {
      continue;
    }
    message_header_ = 0;
    if (message_[0] != SSL3_MT_KEY_UPDATE) {
      continue;
    }
    if (!content.empty()) {
      fail({.alert = SSL_AD_UNEXPECTED_MESSAGE, .reason = SSL_R_NOT_ON_RECORD_BOUNDARY});
      return;
    }
    update_read_keys(aead, byte_at(part, 0));
  }
}

/// The type and the size of a handshake message have come.
void Tls13Records::begin_message() {
  message_left_ = (std::uint32_t{message_[1]} << 16U) | (std::uint32_t{message_[2]} << 8U) |
                  std::uint32_t{message_[3]};
  if (message_[0] == SSL3_MT_KEY_UPDATE) {
    if (message_left_ != kKeyUpdateSize) {
      fail({.alert = SSL_AD_DECODE_ERROR, .reason = SSL_R_BAD_KEY_UPDATE});
    }
  } else if (message_[0] != SSL3_MT_NEWSESSION_TICKET) {
    fail({.alert = SSL_AD_UNEXPECTED_MESSAGE, .reason = SSL_R_UNEXPECTED_MESSAGE});
  } else if (message_left_ == 0 || message_left_ > kMessageMax) {
    fail({.alert = SSL_AD_DECODE_ERROR, .reason = SSL_R_BAD_LENGTH});
  }
}

void Tls13Records::update_read_keys(Tls13Aead& aead, unsigned char request) {
  if (request != SSL_KEY_UPDATE_NOT_REQUESTED && request != SSL_KEY_UPDATE_REQUESTED) {
    fail({.alert = SSL_AD_ILLEGAL_PARAMETER, .reason = SSL_R_BAD_KEY_UPDATE});
    return;
  }
  reads_.update(suite_);
  aead.set_keys(reads_, Tls13Aead::Use::kOpen);
  owes_key_update_ = owes_key_update_ || request == SSL_KEY_UPDATE_REQUESTED;
}

std::size_t Tls13Records::seal(std::string_view content, std::span<char> output) {
  DCHECK(!content.empty() && content.size() <= kContentMax && output.size() >= kSealedMax);
  Tls13Aead& aead = Tls13Aead::of_thread(suite_);
  aead.set_keys(writes_, Tls13Aead::Use::kSeal);
  std::size_t size = 0;
  if (owes_key_update_) {
    constexpr std::array<char, 5> kKeyUpdate{SSL3_MT_KEY_UPDATE, 0, 0, kKeyUpdateSize,
                                             SSL_KEY_UPDATE_NOT_REQUESTED};
    size = seal_record(aead, Type::kHandshake, {kKeyUpdate.data(), kKeyUpdate.size()}, output);
    writes_.update(suite_);
    aead.set_keys(writes_, Tls13Aead::Use::kSeal);
    owes_key_update_ = false;
  }
  return size + seal_record(aead, Type::kData, content, output.subspan(size));
}

std::size_t Tls13Records::seal_alert(std::span<char> output) {
  DCHECK(owes_alert());
  return seal_alert({SSL3_AL_FATAL, static_cast<char>(std::exchange(alert_, 0))}, output);
}

std::size_t Tls13Records::seal_end(std::span<char> output) {
  return seal_alert({SSL3_AL_WARNING, SSL3_AD_CLOSE_NOTIFY}, output);
}

/// @param alert level and description
std::size_t Tls13Records::seal_alert(std::array<char, 2> alert, std::span<char> output) {
  Tls13Aead& aead = Tls13Aead::of_thread(suite_);
  aead.set_keys(writes_, Tls13Aead::Use::kSeal);
  return seal_record(aead, Type::kAlert, {alert.data(), alert.size()}, output);
}

std::size_t Tls13Records::seal_record(Tls13Aead& aead, Type type, std::string_view content,
                                      std::span<char> output) {
  const std::size_t size = content.size() + 1 + Tls13Aead::kTag;
  output = output.first(kHeader + size);
  char* end = output.data();
  *end++ = static_cast<char>(Type::kData);
  *end++ = TLS1_2_VERSION_MAJOR;
  *end++ = TLS1_2_VERSION_MINOR;
  *end++ = static_cast<char>(size >> 8U);
  *end++ = static_cast<char>(size & 0xFFU);
  end = std::copy(content.begin(), content.end(), end);
  *end = static_cast<char>(type);
  aead.seal(output.first(kHeader), output.subspan(kHeader));
  return output.size();
}

}  // namespace cppworker::net
