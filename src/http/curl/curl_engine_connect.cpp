// How CurlEngine's transfers come to the addresses that they connect to.

#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>

#include <cppworker/http_session.hpp>

#include "http/curl/curl_engine.hpp"
#include "http/failure_text.hpp"

namespace cppworker::http {

/// False if the transfer waits for a name or has failed.
bool CurlEngine::may_connect(CurlTransfer& transfer) {
  transfer.resolve_list_.reset();
  const std::optional<std::string>& proxy = transfer.request.transport.proxy;
  if (!proxy && settings_.uses_proxy) {
    return true;  // libcurl alone knows which one, and looks it up
  }
  if (!proxy || proxy->empty()) {
    return give_stand_ins(transfer, *transfer.request.url);
  }
  std::optional<Url> url;
  try {
    url = Url::prepare(*proxy);
  } catch (const InvalidURL&) {
    return true;  // libcurl will say what is wrong with it
  }
  return give_stand_ins(transfer, *url);
}

/// Makes libcurl know the host. Whoever has a connection may not need another one: the name is then
/// looked up when libcurl wants one, see CurlTransfer::put_address().
bool CurlEngine::give_stand_ins(CurlTransfer& transfer, const Url& url) {
  if (url.host_is_address()) {
    if (url.zone() != std::string_view::npos && !net::SocketAddress::parse(url.host())) {
      fail(transfer, name_error_text(EAI_NONAME));  // libcurl would leave the zone out
      return false;
    }
    return true;
  }
  CurlStandIns::Name* const name = stand_ins_.find(url.host());
  if (name == nullptr) {
    fail(transfer, fmt::format("ValueError('HttpUser can use {} host names in one thread')",
                               CurlStandIns::kNamesMax));
    return false;
  }
  CurlStandIns::Families& known = name->given[url.port()];
  net::ShardResolver::AnswerPtr answer = transfer.answer_;
  if (answer == nullptr && !known.empty() && transfer.share_->has_connected()) {
    return true;
  }
  if (answer == nullptr) {
    answer = names_.kept(name->host);
  }
  if (answer == nullptr) {
    wait_for_name(transfer, name->host);
    return false;
  }
  CurlStandIns::Families families = CurlStandIns::families(answer->addresses());
  if (families != known) {
    // It goes to the cache of the multi handle, hence counts for all transfers.
    append(transfer.resolve_list_, CurlStandIns::resolve_entry(*name, url.port(), families));
    known = std::move(families);
  }
  return true;
}

void CurlEngine::wait_for_name(CurlTransfer& transfer, const std::string& host) {
  transfer.state_ = CurlTransfer::State::kWaitsForName;
  ++waiting_for_names_;
  const Ticket ticket{&transfer, transfer.serial_};
  names_.look_up(
      host, [self = std::weak_ptr(self_), ticket](const net::ShardResolver::AnswerPtr& answer) {
        if (const auto engine = self.lock()) {
          --(*engine)->waiting_for_names_;
          (*engine)->name_found(ticket, answer);
        }
      });
}

void CurlEngine::name_found(const Ticket& ticket, const net::ShardResolver::AnswerPtr& answer) {
  if (!ticket.valid(CurlTransfer::State::kWaitsForName)) {
    return;
  }
  CurlTransfer& transfer = *ticket.transfer;
  if (transfer.connects_to_ != nullptr &&
      (answer->gai_error() != 0 || answer->has_addresses_of(*transfer.connects_to_))) {
    finish(transfer);  // as it has failed before
  } else if (answer->gai_error() != 0) {
    fail(transfer, name_error_text(answer->gai_error()));
  } else {
    transfer.answer_ = answer;
    admit(transfer);
  }
}

/// Whether a transfer that has ended so is to wait for a lookup instead: libcurl had no address
/// that counts, or those it had may be outdated. Python looks names up for each connection.
bool CurlEngine::looks_up_again(CurlTransfer& transfer, CURLcode code) {
  if (code == CURLE_OK || transfer.repeated_) {
    return false;
  }
  const bool no_connection = code == CURLE_COULDNT_CONNECT && transfer.connects_to_ != nullptr;
  const bool outdated =
      !transfer.needs_answer_ && no_connection && !std::exchange(transfer.asked_again_, true) &&
      names_.may_be_outdated(transfer.name_->host, transfer.connects_to_, transfer.began_);
  if (!transfer.needs_answer_ && !outdated) {
    return false;
  }
  look_up_first(transfer);
  return true;
}

/// Takes the transfer from libcurl until its name has been looked up.
void CurlEngine::look_up_first(CurlTransfer& transfer) {
  CurlShare* const share = transfer.share_;
  detach(transfer);
  transfer.share_ = share;
  wait_for_name(transfer, transfer.name_->host);
}

void CurlEngine::note_socket(CurlTransfer& transfer, int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= openers_.size()) {
    openers_.resize(index + index / 2 + 64);
  }
  openers_[index] = &transfer;
  transfer.sockets_.push_back(fd);
}

void CurlEngine::forget_sockets(CurlTransfer& transfer) {
  for (const int fd : transfer.sockets_) {
    openers_[static_cast<std::size_t>(fd)] = nullptr;
  }
  transfer.sockets_.clear();
}

/// A socket was closed, or none may be opened: go_on_connecting() is to look at it.
void CurlEngine::attempt_ended(CurlTransfer& transfer) {
  without_socket_.push_back({&transfer, transfer.serial_});
}

/// libcurl 7.88 has then chosen the next address, but begins with it only when the transfer is run
/// again, for which there may be no reason before its timeout.
void CurlEngine::go_on_connecting() {
  for (const Ticket& ticket : std::exchange(without_socket_, {})) {
    if (!ticket.valid(CurlTransfer::State::kRunning)) {
      continue;
    }
    CurlTransfer& transfer = *ticket.transfer;
    if (transfer.needs_answer_) {
      look_up_first(transfer);
    } else if (transfer.repeated_) {
      transfer.collect(CURLE_COULDNT_CONNECT);
      finish(transfer);
    } else if (!transfer.sent_) {
      curl_easy_pause(transfer.easy_.get(), CURLPAUSE_RECV);
      curl_easy_pause(transfer.easy_.get(), CURLPAUSE_CONT);  // makes libcurl run it
    }
  }
}

bool CurlTransfer::put_address(const CurlStandIns::StandIn& stand_in, curl_sockaddr& address) {
  if (sent_) {
    repeated_ = true;  // on_before_request() would refuse it when it is connected
    return false;
  }
  const CurlStandIns::Families& known = stand_in.name->given[stand_in.port];
  const char first = known.front();
  if (stand_in.index == 0 && stand_in.family == (first == '6' ? AF_INET6 : AF_INET)) {
    const auto answer = answer_ != nullptr ? answer_ : engine_.names_.kept(stand_in.name->host);
    needs_answer_ = answer == nullptr || CurlStandIns::families(answer->addresses()) != known;
    name_ = stand_in.name;
    connects_to_ = needs_answer_ ? nullptr : answer;
    addresses_.clear();
    if (!needs_answer_) {
      addresses_ = answer->for_connection(stand_in.port);
    }
  }
  std::size_t index = 0;
  for (const net::SocketAddress& real : addresses_) {
    if (real.family() == stand_in.family && index++ == stand_in.index) {
      address.addrlen = real.size();
      std::memcpy(&address.addr, real.get(), real.size());
      return true;
    }
  }
  return false;
}

}  // namespace cppworker::http
