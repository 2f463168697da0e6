#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "net/socket_address.hpp"

namespace cppworker::http {

/// Stand-ins for the addresses of host names, which encode the name. libcurl resolves a name to its
/// stand-ins; when it opens a socket, the engine replaces the stand-in by the real address. So
/// libcurl never uses an outdated address, connections are spread over the addresses, and an
/// address keeps its scope, which libcurl's list of addresses can't store. A name is looked up only
/// when a connection is made.
class CurlStandIns {
 public:
  /// The families of the addresses in the order to try, for example "664". libcurl needs them for
  /// its order of attempts.
  using Families = std::string;
  /// At most kAddressesMax of each family; the next connections use the others.
  [[nodiscard]] static Families families(const std::vector<net::SocketAddress>& addresses);
  static constexpr std::size_t kAddressesMax = 16;

  struct Name {
    std::string host;
    std::uint32_t number = 0;
    std::map<std::uint16_t, Families> given;  ///< by port: the families that libcurl knows
  };

  /// The entry of the name, created on first use; valid as long as this object. Null: there are
  /// kNamesMax names already.
  [[nodiscard]] Name* find(std::string_view host);
  static constexpr std::uint32_t kNamesMax = (1U << 20U) - 1;

  /// The entry for CURLOPT_RESOLVE.
  [[nodiscard]] static std::string resolve_entry(const Name& name, std::uint16_t port,
                                                 const Families& families);

  struct StandIn {
    Name* name;
    std::uint16_t port;
    sa_family_t family;
    std::size_t index;  ///< among the addresses of its family
  };
  /// Decodes an address that libcurl connects to; none: it is a real address.
  [[nodiscard]] std::optional<StandIn> decode(const net::SocketAddress& address);

 private:
  std::map<std::string, Name, std::less<>> by_host_;
  std::vector<Name*> by_number_;  // numbers begin at 1
};

}  // namespace cppworker::http
