#include "http/curl/curl_addresses.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include "base/check.hpp"
#include "http/curl/curl_failure.hpp"

namespace cppworker::http {

void CurlAddresses::start(coro::TimePoint now) {
  answer_.reset();
  looked_up_again_ = false;
  began_ = now;
}

void CurlAddresses::restart() {
  connects_to_.reset();
  name_ = nullptr;
  needs_answer_ = false;
}

CurlAddresses::Preparation CurlAddresses::prepare(const Url& url, bool may_reuse,
                                                  HeaderList& resolve_list) {
  if (url.host_is_address()) {
    if (url.zone() != std::string_view::npos && !net::SocketAddress::parse(url.host())) {
      // libcurl would ignore the zone.
      return {.next = Next::kFail,
              .failure = {.cause = Failure::Cause::kNoAddress, .number = EAI_NONAME}};
    }
    return {};
  }
  CurlStandIns::Name* const name = stand_ins_.find(url.host());
  if (name == nullptr) {
    return {.next = Next::kFail,
            .failure = unsupported(
                CURLE_COULDNT_RESOLVE_HOST,
                fmt::format("HttpUser can use {} host names in one thread, when libcurl performs "
                            "its requests",
                            CurlStandIns::kNamesMax))};
  }
  CurlStandIns::Families& known = name->given[url.port()];
  net::ShardResolver::AnswerPtr answer = answer_;
  if (answer == nullptr && !known.empty() && may_reuse) {
    return {};
  }
  if (answer == nullptr) {
    answer = names_.kept(name->host);
  }
  if (answer == nullptr) {
    return {.next = Next::kLookUp, .host = &name->host};
  }
  CurlStandIns::Families families = CurlStandIns::families(answer->addresses());
  if (families != known) {
    // libcurl stores it in the cache of the multi handle, for all transfers.
    append(resolve_list, CurlStandIns::resolve_entry(*name, url.port(), families));
    known = std::move(families);
  }
  return {};
}

bool CurlAddresses::take_answer(const net::ShardResolver::AnswerPtr& answer) {
  DCHECK(answer != nullptr);
  if (connects_to_ != nullptr &&
      (answer->gai_error() != 0 || answer->has_addresses_of(*connects_to_))) {
    return false;
  }
  answer_ = answer;
  return true;
}

bool CurlAddresses::replace(const CurlStandIns::StandIn& stand_in, curl_sockaddr& address) {
  const char first = stand_in.name->given[stand_in.port].front();
  if (stand_in.index == 0 && stand_in.family == (first == '6' ? AF_INET6 : AF_INET)) {
    choose(*stand_in.name, stand_in.port);
  }
  std::size_t index = 0;
  for (const net::SocketAddress& real : addresses_) {
    if (real.family() == stand_in.family && index++ == stand_in.index) {
      DCHECK(real.size() <= sizeof(sockaddr_in6));  // the room that libcurl has behind `addr`
      address.addrlen = real.size();
      std::memcpy(&address.addr, real.get(), real.size());
      return true;
    }
  }
  return false;
}

/// With the first stand-in of a connection: the addresses that count for it.
void CurlAddresses::choose(const CurlStandIns::Name& name, std::uint16_t port) {
  const auto answer = answer_ != nullptr ? answer_ : names_.kept(name.host);
  needs_answer_ = answer == nullptr ||
                  CurlStandIns::families(answer->addresses()) != name.given.find(port)->second;
  name_ = &name;
  connects_to_ = needs_answer_ ? nullptr : answer;
  addresses_.clear();
  if (!needs_answer_) {
    addresses_ = answer->for_connection(port);
  }
}

bool CurlAddresses::needs_lookup_after(CURLcode code) {
  const bool no_connection = code == CURLE_COULDNT_CONNECT && connects_to_ != nullptr;
  const bool outdated = !needs_answer_ && no_connection && !std::exchange(looked_up_again_, true) &&
                        names_.may_be_outdated(name_->host, connects_to_, began_);
  return needs_answer_ || outdated;
}

const std::string& CurlAddresses::host() const {
  DCHECK(name_ != nullptr);
  return name_->host;
}

void CurlAddresses::note_timeout() {
  if (connects_to_ != nullptr) {
    static_cast<void>(names_.may_be_outdated(name_->host, connects_to_, began_));
  }
}

}  // namespace cppworker::http
