#include <string>
#include <utility>

#include <cppworker/environment.hpp>

#include "user/shard.hpp"

namespace cppworker {

void Runner::register_message(std::string_view type, MessageListener listener) {
  shard_->message_listeners.insert_or_assign(std::string(type), std::move(listener));
}

void Runner::send_message(std::string_view type, Value data) const {
  shard_->control.send_message(std::string(type), std::move(data));
}

std::int64_t Runner::worker_index() const { return shard_->worker_index; }

Environment::Environment(detail::Shard& shard)
    : events(RequestEventHook(*this)), runner(Runner(shard)), shard_(&shard) {}

const std::string& Environment::host() const { return shard_->host; }

const Value& Environment::parsed_options() const { return shard_->parsed_options; }

std::size_t Environment::shard_index() const { return shard_->index; }

std::size_t Environment::shard_count() const { return shard_->count; }

}  // namespace cppworker
