package report

import (
	"html/template"
	"io"
	"time"
)

// Story is what became of one payment's money, in the reader's language, as the
// merchant's API tells it.
type Story struct {
	Payment   string       `json:"payment"`
	Reference string       `json:"reference"`
	Language  string       `json:"language"`
	Summary   string       `json:"summary"`
	Lines     []StoryLine  `json:"lines"`
	Where     []StoryPlace `json:"where"`
}

// StoryLine is one thing that happened; Row is the provider's row behind it. Text names
// its amounts as the language writes them, so that no other form of them is shown.
type StoryLine struct {
	Text string `json:"text"`
	At   string `json:"at"`
	Row  struct {
		ID   string `json:"id"`
		Code string `json:"code"`
	} `json:"row"`
}

// StoryPlace is where a part of the money is.
type StoryPlace struct {
	Text string `json:"text"`
}

// When is the time of the line, in no language: "2026-11-21 09:00 UTC". What is no time
// stays as it is.
func (l StoryLine) When() string {
	at, err := time.Parse(time.RFC3339, l.At)
	if err != nil {
		return l.At
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

// storyView is the page of a story as it is drawn.
type storyView struct {
	Style  template.CSS
	Policy string
	Story
	Back string
}

// WriteStory draws the page of one payment; back is the address of the report it was
// reached from. Errors: what w says.
func WriteStory(w io.Writer, s Story, back string) error {
	return pages.ExecuteTemplate(w, "story", storyView{Style: template.CSS(style), Policy: Policy, Story: s, Back: back})
}
