"""Pictures of models, links, rankings, trees and series, as Altair charts that open offline."""
