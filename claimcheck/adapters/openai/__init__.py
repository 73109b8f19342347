"""The judge that asks a language model, and how a server is asked that may fail, deny or cost money."""

from claimcheck.adapters.openai.judge import OpenAIJudge, Prompts, models, only_model
from claimcheck.adapters.openai.together import TogetherJudge

__all__ = ["OpenAIJudge", "Prompts", "TogetherJudge", "models", "only_model"]
