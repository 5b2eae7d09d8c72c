"""The addresses of the loyalty programme."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.marketer import (
    code_set,
    codes,
    earning,
    friends,
    gift_cards,
    levels,
    points,
    programme,
    rewards,
    webhooks,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("programme", programme.figures, name="programme"),
    path("programme/vat.csv", programme.vat, name="programme_vat"),
    path("programme/missing/<int:pk>", programme.settle_missing, name="settle_missing"),
    path("programme/saving", earning.earning, name="earning"),
    path("programme/saving/run", earning.run, name="run_programme"),
    path("programme/saving/new", earning.rule, name="new_rule"),
    path("programme/saving/<int:pk>", earning.rule, name="earning_rule"),
    path("programme/saving/<int:pk>/remove", earning.remove_rule, name="remove_rule"),
    path("programme/levels", levels.levels, name="levels"),
    path("programme/levels/new", levels.level, name="new_level"),
    path("programme/levels/<int:pk>", levels.level, name="level"),
    path("programme/levels/<int:pk>/remove", levels.remove_level, name="remove_level"),
    path("programme/rewards", rewards.rewards, name="rewards"),
    path("programme/rewards/new", rewards.reward, name="new_reward"),
    path("programme/rewards/<int:pk>", rewards.reward, name="reward"),
    path("programme/rewards/<int:pk>/close", rewards.close_reward, name="close_reward"),
    path("programme/rewards/<int:pk>/reopen", rewards.reopen_reward, name="reopen_reward"),
    path("programme/claims/<int:pk>/fulfil", rewards.fulfil, name="fulfil_claim"),
    path("programme/claims/<int:pk>/undo", rewards.undo, name="undo_claim"),
    path("programme/codes", codes.codes, name="code_sets"),
    path("programme/codes/new", codes.new_set, name="new_code_set"),
    path("programme/codes/<int:pk>", code_set.code_set, name="code_set"),
    path("programme/codes/<int:pk>/change", codes.change_set, name="change_code_set"),
    path("programme/codes/<int:pk>/codes.csv", code_set.download, name="download_codes"),
    path("programme/codes/<int:pk>/load", code_set.load, name="load_codes"),
    path("programme/codes/<int:pk>/card", gift_cards.make_card, name="make_gift_card"),
    path("programme/code/<int:pk>/block", gift_cards.block, name="block_code"),
    path("programme/codes/<int:pk>/close", codes.close, name="close_code_set"),
    path("programme/codes/<int:pk>/reopen", codes.reopen, name="reopen_code_set"),
    path("programme/friends", friends.friends, name="friends"),
    path("programme/webhooks", webhooks.webhooks, name="webhooks"),
    path("programme/webhooks/<int:pk>/stop", webhooks.stop, name="stop_webhook"),
    path("programme/deliveries/<int:pk>/again", webhooks.again, name="resend_webhook"),
    path("customers/<int:pk>/brought", friends.bring, name="bring_friend"),
    path("customers/<int:pk>/points", points.history, name="points_of"),
    path("customers/<int:pk>/enrol", points.enrol, name="enrol"),
    path("entries/<int:pk>/undo", points.undo, name="undo_entry"),
]
