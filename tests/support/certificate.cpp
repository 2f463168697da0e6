#include "support/certificate.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace cppworker::test_support {

namespace {

constexpr long kDaySeconds = 24L * 60 * 60;

void check(bool fine) {
  if (!fine) {
    throw std::runtime_error("OpenSSL refused to make a certificate");
  }
}

}  // namespace

std::string use_fresh_certificate(SSL_CTX& context, const std::string& host_name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  check(key != nullptr && certificate != nullptr);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDaySeconds);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes for OpenSSL
  const auto* common_name = reinterpret_cast<const unsigned char*>(host_name.c_str());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> alternative(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host_name).c_str()),
      X509_EXTENSION_free);
  X509_add_ext(certificate.get(), alternative.get(), -1);
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  check(SSL_CTX_use_certificate(&context, certificate.get()) == 1);
  check(SSL_CTX_use_PrivateKey(&context, key.get()) == 1);

  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  check(PEM_write_bio_X509(memory.get(), certificate.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace cppworker::test_support
