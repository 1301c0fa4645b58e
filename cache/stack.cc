#include "cache/stack.h"

#include "engine/base/error.h"

#include <algorithm>
#include <queue>
#include <set>
#include <unordered_map>

namespace baker {
namespace {

// What one layer has at the path that is looked at.
struct Found {
  size_t layer;
  ListingEntry entry;
};

// The rule. `found` are the layers' entries of one path from the topmost down.
Stack::Look judge(const std::vector<Found>& found, size_t floor) {
  Stack::Look look{std::nullopt, floor, false};
  if (found.empty()) return look;
  const Found& top = found.front();
  if (top.entry.type != 'd') {
    look.floor = top.layer;
    if (top.entry.type != 'w') look.entry = {top.layer, without_marks(top.entry)};
    return look;
  }
  const Found* says = nullptr;
  for (const Found& each : found) {
    if (each.entry.type != 'd') {
      look.floor = each.layer;
      break;
    }
    if (!says && !each.entry.implied()) says = &each;
    if (each.entry.opaque()) {
      look.floor = each.layer;
      break;
    }
  }
  if (!says) says = &top;
  look.corrected = !says->entry.same_attributes(top.entry);
  look.entry = {says->layer, without_marks(says->entry)};
  look.entry->entry.mtime = top.entry.mtime;
  return look;
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// A layer on its way through its listing.
class Cursor {
 public:
  Cursor(size_t layer, const Listing& listing) : layer_(layer), listing_(&listing) { load(); }

  bool at_end() const { return index_ == listing_->size(); }
  const std::string& path() const { return entry_.path; }
  Found take() {
    Found found{layer_, std::move(entry_)};
    ++index_;
    load();
    return found;
  }
  size_t layer() const { return layer_; }

 private:
  void load() {
    constexpr size_t kEntriesBetween = 1 << 15;
    if (index_ % kEntriesBetween == 0) listing_->forget_pages();
    if (!at_end()) entry_ = listing_->at(index_);
  }

  size_t layer_;
  const Listing* listing_;
  size_t index_ = 0;
  ListingEntry entry_;
};

// The cursor with the least path first; of equal paths the topmost layer.
struct ComesLater {
  bool operator()(const Cursor* a, const Cursor* b) const {
    const int order = a->path().compare(b->path());
    return order != 0 ? order > 0 : a->layer() < b->layer();
  }
};

}  // namespace

std::vector<size_t> topmost_of_equals(const std::vector<std::string>& names) {
  std::set<std::string> above;
  std::vector<size_t> counting;
  for (size_t i = names.size(); i-- > 0;)
    if (above.insert(names[i]).second) counting.push_back(i);
  std::ranges::reverse(counting);
  return counting;
}

Stack::Stack(std::vector<StackLayer> layers) : layers_(std::move(layers)) {
  std::vector<std::string> digests;
  for (const StackLayer& layer : layers_) digests.push_back(layer.digest);
  counting_ = topmost_of_equals(digests);
}

Stack::Look Stack::look(const std::string& path, size_t floor) const {
  std::vector<Found> found;
  for (auto layer = counting_.rbegin(); layer != counting_.rend() && *layer >= floor; ++layer)
    if (std::optional<ListingEntry> entry = layers_[*layer].listing.find(path))
      found.push_back({*layer, *std::move(entry)});
  return judge(found, floor);
}

Stack::Look Stack::find(const std::string& path) const {
  size_t floor = 0;
  for (size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
    const Look folder = look(path.substr(0, end), floor);
    if (!folder.entry || folder.entry->entry.type != 'd') return {};
    floor = folder.floor;
  }
  return look(path, floor);
}

void Stack::walk(const std::function<void(const StackEntry&)>& visit) const {
  std::vector<Cursor> cursors;
  cursors.reserve(counting_.size());
  for (size_t layer : counting_) cursors.emplace_back(layer, layers_[layer].listing);
  std::priority_queue<Cursor*, std::vector<Cursor*>, ComesLater> next;
  for (Cursor& cursor : cursors)
    if (!cursor.at_end()) next.push(&cursor);

  std::unordered_map<std::string, size_t> floors;  // of folders that hide something
  while (!next.empty()) {
    const std::string path = next.top()->path();
    const auto known = floors.empty() ? floors.end() : floors.find(parent_of(path));
    const size_t floor = known == floors.end() ? 0 : known->second;
    std::vector<Found> found;
    while (!next.empty() && next.top()->path() == path) {
      Cursor* cursor = next.top();
      next.pop();
      if (cursor->layer() >= floor) {
        found.push_back(cursor->take());
      } else {
        cursor->take();
      }
      if (!cursor->at_end()) next.push(cursor);
    }
    const Look look = judge(found, floor);
    if (look.floor > 0) floors[path] = look.floor;
    if (look.entry) visit(*look.entry);
  }
}

std::vector<ListingEntry> Stack::corrections() const {
  std::set<std::string> implied;
  for (size_t layer : counting_)
    for (size_t index : layers_[layer].listing.implied())
      implied.insert(layers_[layer].listing.path_at(index));
  implied.erase(".");  // the root's own attributes come from the upper folder
  std::vector<ListingEntry> directories;
  for (const std::string& path : implied) {
    Look look = find(path);
    if (look.entry && look.corrected) directories.push_back(std::move(look.entry->entry));
  }
  return directories;
}

}  // namespace baker
