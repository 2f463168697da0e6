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

/// What libcurl is given for a host name: stand-ins for its addresses, which say which name they
/// are for. When libcurl opens a socket, the engine puts the real address in the stand-in's place.
/// So libcurl can't use an outdated address, connections are spread over the addresses, and an
/// address keeps its scope, which libcurl's list of addresses has no place for. A name costs a
/// lookup only when a connection is made.
class CurlStandIns {
 public:
  /// The families of addresses in the order to try, as "664": what libcurl must know for its order
  /// of attempts.
  using Families = std::string;
  /// At most kAddressesMax of each family; the others get their turn with the next connections.
  [[nodiscard]] static Families families(const std::vector<net::SocketAddress>& addresses);
  static constexpr std::size_t kAddressesMax = 16;

  struct Name {
    std::string host;
    std::uint32_t number = 0;
    std::map<std::uint16_t, Families> given;  ///< by port: what libcurl knows
  };

  /// The name's entry, made on first use; valid as long as this object. Null: there are a million
  /// names already.
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
  /// What an address that libcurl wants to connect to stands for; nothing if it is a real one.
  [[nodiscard]] std::optional<StandIn> decode(const net::SocketAddress& address);

 private:
  std::map<std::string, Name, std::less<>> by_host_;
  std::vector<Name*> by_number_;  // numbers begin at 1
};

}  // namespace cppworker::http
