#include "net/tls_authorities.hpp"

#include <algorithm>
#include <array>
#include <new>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace cppworker::net {

X509_STORE& system_authorities() {
  static X509_STORE* const store = [] {  // never freed: threads may outlive static objects
    X509_STORE* const made = X509_STORE_new();
    if (made == nullptr) throw std::bad_alloc();
    X509_STORE_set_default_paths(made);
    ERR_clear_error();  // if it found no certificates, each check of a server fails with an error
    return made;
  }();
  return *store;
}

void prepare_authorities(std::string_view host) {
  constexpr std::array<std::string_view, 4> kSchemes{"https://", "wss://", "mqtts://", "grpcs://"};
  if (std::ranges::any_of(kSchemes, [&](std::string_view one) { return host.starts_with(one); })) {
    (void)system_authorities();
  }
}

}  // namespace cppworker::net
